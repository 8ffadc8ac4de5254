#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The plugin in real hosts: hosts_test.py PLUGIN.so TACET

applyplugin (ladspa-sdk) and ffmpeg must give what `tacet denoise` gives.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import soundfile as sf

PLUGIN = TACET = None
SPEECH = (pathlib.Path(__file__).parents[2] / "testdata/noisy_48k.flac")
RATE = 48000
LATENCY = 1536


def run(*command, **how):
  result = subprocess.run([str(c) for c in command], capture_output=True,
                          timeout=300, check=False, **how)
  if result.returncode != 0:
    raise AssertionError(f"{command}: {result.stdout} {result.stderr}")
  return result.stdout.decode()


class HostsTest(unittest.TestCase):

  def setUp(self):
    self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tacet-ladspa-"))
    self.addCleanup(shutil.rmtree, self.dir)

  def noisy(self, channels, subtype):
    """Noisy speech, and silence behind it that pushes out what is late."""
    speech = sf.read(SPEECH, always_2d=True)[0][:30000, :1]
    samples = np.concatenate([speech, 0.5 * speech[::-1]], 1)[:, :channels]
    samples[-LATENCY:] = 0
    path = self.dir / "noisy.wav"
    sf.write(path, samples, RATE, subtype=subtype)
    return path

  def expected(self, noisy, *options):
    clean = self.dir / "clean.wav"
    run(TACET, "denoise", "-q", "--encoding", "float", *options, noisy, clean)
    return sf.read(clean, dtype="float32", always_2d=True)[0]

  def check_applyplugin(self, label, channels, controls, *options):
    noisy = self.noisy(channels, "PCM_16")
    out = self.dir / "out.wav"
    run("applyplugin", noisy, out, PLUGIN, label, *controls)
    actual = sf.read(out, dtype="int16", always_2d=True)[0]
    expected = self.expected(noisy, *options)[:-LATENCY] * 32768
    # Its way to 16 bits is its own: within one step.
    difference = np.abs(actual[LATENCY:len(expected) + LATENCY] - expected)
    self.assertEqual(len(actual), 30000)
    self.assertLessEqual(difference.max(), 1.01)
    self.assertGreater(np.abs(expected).max(), 1000)

  def test_applyplugin_mono(self):
    self.check_applyplugin("tacet_mono", 1, [60, 1, 0])

  def test_applyplugin_stereo_with_limit(self):
    self.check_applyplugin("tacet_stereo", 2, [12, 1, 0],
                           "--attenuation-limit", "12")

  def check_ffmpeg(self, label, channels, controls, *options):
    noisy = self.noisy(channels, "FLOAT")
    out = self.dir / "out.wav"
    run("ffmpeg", "-v", "error", "-i", noisy, "-af",
        f"ladspa=file={PLUGIN}:plugin={label}{controls}", "-c:a", "pcm_f32le",
        out)
    actual = sf.read(out, dtype="float32", always_2d=True)[0]
    expected = self.expected(noisy, *options)
    self.assertEqual(len(actual), 30000)
    self.assertTrue(np.array_equal(actual[LATENCY:], expected[:-LATENCY]))

  def test_ffmpeg_mono_equals_the_command_bit_for_bit(self):
    self.check_ffmpeg("tacet_mono", 1, "")

  def test_ffmpeg_stereo_with_limit_equals_the_command_bit_for_bit(self):
    self.check_ffmpeg("tacet_stereo", 2, ":controls=c0=12",
                      "--attenuation-limit", "12")

  def test_analyseplugin_lists_both(self):
    listed = run("analyseplugin", PLUGIN)
    for text in ("tacet_mono", "tacet_stereo", "Environment: Normal or Hard Real-Time",
                 '"latency" output, control', "Bypass"):
      self.assertIn(text, listed)


if __name__ == "__main__":
  TACET = sys.argv.pop()
  PLUGIN = os.path.abspath(sys.argv.pop())
  unittest.main()
