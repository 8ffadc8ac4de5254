#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the real `tacet` on real files: denoise_e2e_test.py TACET [ARGS]

Needs Debian's python3-numpy and python3-soundfile. All audio is made here.
"""

import os
import pty
import resource
import select
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import numpy as np
import soundfile as sf

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_model import make_model  # noqa: E402

TACET = None
OK, FAILED, USAGE = 0, 1, 2


def noise(seconds, rate, channels=1, seed=1, rms=0.05):
  """Frames of white noise [n, channels] and a tone in the first channel."""
  n = int(seconds * rate)
  x = np.random.default_rng(seed).normal(0, rms, (n, channels))
  x[:, 0] += 0.1 * np.sin(2 * np.pi * 0.05 * np.arange(n))
  return np.clip(x, -0.9, 0.9)


class CommandTest(unittest.TestCase):

  def setUp(self):
    self.dir = tempfile.mkdtemp(prefix="tacet-e2e-")
    self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
    self.model = self.path("model.tacet")
    make_model(self.model)

  def path(self, *names):
    return os.path.join(self.dir, *names)

  def write(self, name, x, rate, **how):
    path = self.path(name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    sf.write(path, x, rate, **how)
    return path

  def tacet(self, *args, expect=OK, **how):
    """Runs the command; gives its standard output and standard error."""
    result = subprocess.run([TACET, *args], capture_output=True, timeout=120,
                            **how)
    self.assertEqual(result.returncode, expect, result.stderr.decode())
    return result.stdout, result.stderr.decode()

  def denoise(self, *args, **how):
    return self.tacet("denoise", *args, "--model", self.model, **how)

  def files(self, *names):
    found = []
    for folder, _, files in os.walk(self.path(*names)):
      found += [os.path.relpath(os.path.join(folder, f), self.path(*names))
                for f in files]
    return sorted(found)

  def assert_no_leftovers(self):
    self.assertEqual([f for f in self.files() if f.endswith(".tmp")], [])

  def assert_one_line(self, text, *parts):
    self.assertEqual(text.count("\n"), 1, text)
    for part in parts:
      self.assertIn(part, text)


class Formats(CommandTest):

  def test_every_rate_and_channel_count_keeps_length_and_rate(self):
    for rate in (8000, 11025, 16000, 44100, 48000, 96000):
      for channels in (1, 2, 6):
        x = noise(0.3, rate, channels)[:-7]
        source = self.write("in.wav", x, rate)
        self.denoise(source, self.path("out.wav"), "--force")
        y, out_rate = sf.read(self.path("out.wav"), always_2d=True)
        self.assertEqual(out_rate, rate)
        self.assertEqual(y.shape, x.shape)
        self.assertGreater(np.abs(y).max(), 1e-3)
        self.assertTrue((np.abs(y[len(y) // 2:] - x[len(x) // 2:]) > 1e-3)
                        .any(), "nothing was done")

  def test_output_format_is_the_inputs(self):
    x = noise(0.5, 48000, 2)
    for name, container, encoding in (
        ("a.wav", "WAV", "PCM_16"), ("b.wav", "WAV", "PCM_24"),
        ("c.wav", "WAV", "FLOAT"), ("d.wav", "WAVEX", "PCM_16"),
        ("e.flac", "FLAC", "PCM_16"), ("f.flac", "FLAC", "PCM_24"),
        ("g.ogg", "OGG", "VORBIS"), ("h.opus", "OGG", "OPUS"),
        ("i.aiff", "AIFF", "PCM_16"), ("j.au", "AU", "PCM_16"),
        ("k.caf", "CAF", "PCM_24"), ("l.w64", "W64", "PCM_32"),
        ("m.wav", "WAV", "ULAW"), ("n.wav", "WAV", "PCM_U8"),
        ("o.wav", "WAV", "DOUBLE")):
      source = self.write(name, x, 48000, format=container, subtype=encoding)
      out = self.path("out-" + name)
      self.denoise(source, out)
      info = sf.info(out)
      self.assertEqual((info.format, info.subtype), (container, encoding))
      self.assertEqual(info.frames, sf.info(source).frames, name)
      self.assertEqual(info.channels, 2)

  def test_extension_and_options_choose_the_format(self):
    source = self.write("in.wav", noise(0.2, 16000), 16000, subtype="PCM_24")
    for out, args, expected in (
        ("a.flac", (), ("FLAC", "PCM_24")),
        ("b.ogg", (), ("OGG", "VORBIS")),
        ("c.opus", (), ("OGG", "OPUS")),
        ("d.AIFF", (), ("AIFF", "PCM_24")),
        ("e.unknown", (), ("WAV", "PCM_24")),
        ("f.wav", ("--encoding", "pcm16"), ("WAV", "PCM_16")),
        ("g.wav", ("--encoding", "float"), ("WAV", "FLOAT")),
        ("h.wav", ("--format", "flac"), ("FLAC", "PCM_24")),
        ("i.wav", ("--format", "rf64"), ("RF64", "PCM_24"))):
      self.denoise(source, self.path(out), *args)
      info = sf.info(self.path(out))
      self.assertEqual((info.format, info.subtype), expected, out)

  def test_what_a_container_cannot_hold_is_refused_in_words(self):
    source = self.write("in.wav", noise(0.2, 44100), 44100)
    _, err = self.denoise(source, self.path("out.opus"), expect=FAILED)
    self.assert_one_line(err, "in.wav", "44100 Hz", "--format")
    _, err = self.denoise(source, self.path("out.flac"), "--encoding",
                          "float", expect=FAILED)
    self.assert_one_line(err, "in.wav", "float")
    self.assertEqual(self.files(), ["in.wav", "model.tacet"])

  def test_tags_are_kept(self):
    source = self.path("in.flac")
    with sf.SoundFile(source, "w", 16000, 1) as file:
      file.title, file.artist, file.comment = "A title", "Someone", "Straße"
      file.write(noise(0.2, 16000))
    for out in ("out.flac", "out.wav", "out.ogg"):
      self.denoise(source, self.path(out))
      with sf.SoundFile(self.path(out)) as file:
        self.assertEqual((file.title, file.artist, file.comment),
                         ("A title", "Someone", "Straße"), out)

  def test_broadcast_chunk_is_kept(self):
    source = self.write("in.wav", noise(0.2, 48000), 48000)
    bext = b"A field recording".ljust(602, b"\0") + b"history\r\n"
    bext += b"\0" * (len(bext) % 2)
    with open(source, "rb") as file:
      wav = file.read()
    chunk = b"bext" + struct.pack("<I", len(bext)) + bext
    with open(source, "wb") as file:
      file.write(b"RIFF" + struct.pack("<I", len(wav) - 8 + len(chunk)) +
                 wav[8:12] + chunk + wav[12:])
    self.denoise(source, self.path("out.wav"))
    with open(self.path("out.wav"), "rb") as file:
      self.assertIn(b"A field recording", file.read())


class Alignment(CommandTest):

  def test_bypass_gives_the_input_back(self):
    for rate in (16000, 48000):
      for subtype, tolerance in (("PCM_16", 2 / 32768), ("PCM_24", 4e-7),
                                 ("FLOAT", 4e-7)):
        x = noise(1, rate, 2)
        source = self.write("in.wav", x, rate, subtype=subtype)
        self.denoise(source, self.path("out.wav"), "--bypass", "--force")
        x, _ = sf.read(source)
        y, _ = sf.read(self.path("out.wav"))
        self.assertLessEqual(np.abs(x - y).max(), tolerance)

  def test_bypass_keeps_time_at_resampled_rates(self):
    for rate in (8000, 22050, 44100, 96000):
      t = np.arange(rate) / rate
      x = 0.5 * np.exp(-((t - 0.6) / 0.005)**2) * np.cos(
          2 * np.pi * 600 * (t - 0.6))
      source = self.write("in.wav", x, rate, subtype="FLOAT")
      self.denoise(source, self.path("out.wav"), "--bypass", "--force")
      y, _ = sf.read(self.path("out.wav"))
      self.assertEqual(len(y), len(x))
      lag = np.argmax(np.correlate(y, x, "same")) - len(x) // 2
      self.assertEqual(lag, 0)
      self.assertLess(np.sum((x - y)**2) / np.sum(x**2), 0.02)

  def test_no_limit_and_0_db_are_far_apart(self):
    source = self.write("in.wav", noise(1, 16000), 16000, subtype="FLOAT")
    x, _ = sf.read(source)
    self.denoise(source, self.path("none.wav"), "--attenuation-limit", "0")
    y, _ = sf.read(self.path("none.wav"))
    self.assertLess(np.abs(x - y).max(), 1e-6)
    self.denoise(source, self.path("all.wav"), "--strength", "inf")
    y, _ = sf.read(self.path("all.wav"))
    self.assertGreater(np.abs(x - y).max(), 1e-2)

  def test_dither_is_triangular_and_reproducible(self):
    source = self.write("in.wav", np.zeros(48000), 16000, subtype="FLOAT")
    for out in ("a.wav", "b.wav"):
      self.denoise(source, self.path(out), "--encoding", "pcm16")
    a, _ = sf.read(self.path("a.wav"), dtype="int16")
    b, _ = sf.read(self.path("b.wav"), dtype="int16")
    self.assertTrue((a == b).all())
    # Rounded triangular noise of ±1 step: 0 in 3 of 4 cases.
    self.assertEqual(set(np.unique(a)), {-1, 0, 1})
    self.assertAlmostEqual(np.mean(a == 0), 0.75, delta=0.02)

  def test_clipped_samples_are_counted(self):
    x = np.zeros(16000)
    x[8000:8100] = 1.5
    source = self.write("in.wav", x, 16000, subtype="FLOAT")
    _, err = self.denoise(source, self.path("out.wav"), "--bypass",
                          "--encoding", "pcm16")
    self.assert_one_line(err, "out.wav", "100 samples clipped")
    _, err = self.denoise(source, self.path("float.wav"), "--bypass")
    self.assertEqual(err, "")

  def test_linked_keeps_the_stereo_image_and_independent_need_not(self):
    left = noise(1, 16000)[:, 0]
    x = np.stack([left, 0.25 * noise(1, 16000, seed=2)[:, 0] + 0.1 * left], 1)
    anti = np.stack([left, -left], 1)
    source = self.write("in.wav", anti, 16000, subtype="FLOAT")
    self.denoise(source, self.path("out.wav"))
    y, _ = sf.read(self.path("out.wav"))
    self.assertTrue((y[:, 0] == -y[:, 1]).all())
    self.assertGreater(np.abs(y).max(), 0.01)
    source = self.write("in.wav", x, 16000, subtype="FLOAT")
    for link in ("linked", "independent"):
      self.denoise(source, self.path(link + ".wav"), "--channels", link)
    linked, _ = sf.read(self.path("linked.wav"))
    independent, _ = sf.read(self.path("independent.wav"))
    self.assertGreater(np.abs(linked - independent).max(), 1e-3)


class OddInputs(CommandTest):

  def test_no_sample_and_one_sample(self):
    for rate in (8000, 16000, 44100, 48000):
      for count in (0, 1):
        source = self.write("in.wav", np.zeros((count, 1)) + 0.5, rate)
        for name in ("wav", "flac", "ogg", "opus", "aiff", "au", "caf"):
          if (name, rate) == ("opus", 44100):
            continue
          out = self.path("out." + name)
          _, err = self.denoise(source, out, "--force", "--picture",
                                self.path("p.png"))
          self.assertEqual(err, "")
          if (name, count) == ("opus", 0):
            continue  # libsndfile does not read Opus without a sample
          # What was written can be read again. (Not by python3-soundfile: an
          # empty FLAC's header says that the length is unknown.)
          _, err = self.denoise(out, self.path("again.wav"), "--force")
          self.assertEqual(err, "")
          self.assertEqual(sf.info(self.path("again.wav")).frames, count, out)

  def test_a_truncated_wav_gives_what_is_there_and_a_warning(self):
    source = self.write("in.wav", noise(1, 16000), 16000)
    with open(source, "r+b") as file:
      file.truncate(44 + 2 * 9000 + 1)
    _, err = self.denoise(source, self.path("out.wav"))
    self.assert_one_line(err, "warning", "in.wav", "truncated", "9000 frames")
    self.assertEqual(sf.info(self.path("out.wav")).frames, 9000)

  def test_a_truncated_flac_gives_what_is_there_and_a_warning(self):
    source = self.write("in.flac", noise(2, 16000), 16000)
    with open(source, "r+b") as file:
      file.truncate(os.path.getsize(source) // 2)
    _, err = self.denoise(source, self.path("out.wav"))
    self.assert_one_line(err, "warning", "in.flac")
    frames = sf.info(self.path("out.wav")).frames
    self.assertTrue(8000 <= frames < 32000, frames)

  def test_text_and_empty_files_are_refused_with_a_reason(self):
    with open(self.path("text.wav"), "w") as file:
      file.write("This is no audio.\n" * 100)
    open(self.path("empty.wav"), "w").close()
    for name in ("text.wav", "empty.wav"):
      _, err = self.denoise(self.path(name), self.path("out.wav"),
                            expect=FAILED)
      self.assert_one_line(err, name, "audio")
    _, err = self.denoise(self.path("absent.wav"), self.path("out.wav"),
                          expect=FAILED)
    self.assert_one_line(err, "absent.wav", "No such file")
    self.assertFalse(os.path.exists(self.path("out.wav")))

  def test_a_file_one_may_not_read_is_refused_with_a_reason(self):
    source = self.write("in.wav", noise(0.1, 16000), 16000)
    os.chmod(source, 0)
    how = {}
    if os.geteuid() == 0:
      os.chmod(self.dir, 0o777)
      os.chmod(self.model, 0o644)
      how = {"user": "nobody", "extra_groups": []}
      if not self.nobody_can_run():
        self.skipTest("an unprivileged user cannot reach the program")
    _, err = self.denoise(source, self.path("out.wav"), expect=FAILED, **how)
    self.assert_one_line(err, "in.wav", "Permission denied")

  def nobody_can_run(self):
    try:
      return subprocess.run([TACET, "--version"], user="nobody",
                            extra_groups=[], capture_output=True,
                            check=False).returncode == 0
    except PermissionError:
      return False

  def test_too_many_channels_and_odd_rates_are_refused(self):
    source = self.write("wide.wav", np.zeros((100, 33)), 16000)
    _, err = self.denoise(source, self.path("out.wav"), expect=FAILED)
    self.assert_one_line(err, "wide.wav", "33 channels")
    source = self.write("slow.wav", np.zeros(100), 500)
    _, err = self.denoise(source, self.path("out.wav"), expect=FAILED)
    self.assert_one_line(err, "slow.wav", "500 Hz")
    source = self.write("all.wav", noise(0.2, 16000, 32), 16000)
    self.denoise(source, self.path("out.wav"), "--channels", "independent")
    self.assertEqual(sf.info(self.path("out.wav")).channels, 32)

  def test_nan_in_a_float_file_is_replaced_and_counted(self):
    x = noise(0.5, 48000, 2)
    x[1000, 0] = np.nan
    x[2000, 1] = np.inf
    source = self.write("in.wav", x, 48000, subtype="FLOAT")
    _, err = self.denoise(source, self.path("out.wav"), "--picture",
                          self.path("p.png"))
    self.assert_one_line(err, "warning", "in.wav", "2 samples")
    self.assertTrue(np.isfinite(sf.read(self.path("out.wav"))[0]).all())

  def test_odd_names(self):
    name = "a 'quoted\" -näme\twith tab.wav"
    source = self.write(name, noise(0.1, 16000), 16000)
    self.denoise(source, self.path("out " + name))
    self.assertIn("out " + name, self.files())
    long_name = "n" * 251 + ".wav"
    self.denoise(source, self.path(long_name))
    self.assertIn(long_name, self.files())


class Outputs(CommandTest):

  def test_an_existing_file_is_not_overwritten_without_force(self):
    source = self.write("in.wav", noise(0.2, 16000), 16000)
    for option in (), ("--picture", self.path("taken.png")):
      out = self.path("new.wav" if option else "taken.wav")
      taken = option[1] if option else out
      with open(taken, "w") as file:
        file.write("precious")
      _, err = self.denoise(source, out, *option, expect=FAILED)
      self.assert_one_line(err, os.path.basename(taken), "--force")
      with open(taken) as file:
        self.assertEqual(file.read(), "precious")
    self.assertFalse(os.path.exists(self.path("new.wav")))
    os.chmod(self.path("taken.wav"), 0o640)
    self.denoise(source, self.path("taken.wav"), "--force")
    self.assertEqual(sf.info(self.path("taken.wav")).frames, 3200)
    mode = stat.S_IMODE(os.stat(self.path("taken.wav")).st_mode)
    self.assertEqual(mode, 0o640)
    self.assert_no_leftovers()

  def test_a_file_can_replace_itself(self):
    x = noise(0.5, 16000)
    source = self.write("in.wav", x, 16000)
    os.symlink(source, self.path("link.wav"))
    self.denoise(self.path("link.wav"), self.path("link.wav"), "--force",
                 "--bypass")
    self.assertTrue(os.path.islink(self.path("link.wav")))
    y, _ = sf.read(source, always_2d=True)
    self.assertLess(np.abs(x - y).max(), 1e-4)

  def test_a_full_disk_is_reported(self):
    source = self.write("in.wav", noise(3, 16000), 16000)
    for args in ((), ("--format", "flac"), ("--format", "ogg")):
      _, err = self.denoise(source, "/dev/full", *args, expect=FAILED)
      self.assert_one_line(err, "/dev/full", "No space left")
    with open("/dev/full", "wb") as full:
      result = subprocess.run(
          [TACET, "denoise", source, "-", "--model", self.model], stdout=full,
          stderr=subprocess.PIPE, check=False)
    self.assertEqual(result.returncode, FAILED)
    self.assertIn(b"No space left", result.stderr)
    with open("/dev/full", "wb") as full:
      result = subprocess.run([TACET, "model", "info", self.model],
                              stdout=full, stderr=subprocess.PIPE, check=False)
    self.assertEqual(result.returncode, FAILED)

  def test_a_file_size_limit_leaves_nothing(self):
    source = self.write("in.wav", noise(3, 16000), 16000)
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
    for out in ("out.wav", "out.flac", "out.aiff", "out.ogg"):
      _, err = self.denoise(source, self.path(out), preexec_fn=limit,
                            expect=FAILED)
      self.assert_one_line(err, out, "File too large")
    _, err = self.denoise(source, "/dev/null", "--picture",
                          self.path("p.png"), preexec_fn=limit, expect=FAILED)
    self.assert_one_line(err, "p.png", "File too large")
    self.assertEqual(self.files(), ["in.wav", "model.tacet"])

  def test_a_missing_or_wrong_output_folder_is_reported(self):
    source = self.write("in.wav", noise(0.1, 16000), 16000)
    _, err = self.denoise(source, self.path("no", "out.wav"), expect=FAILED)
    self.assert_one_line(err, "no/out.wav", "No such file")
    _, err = self.denoise(source, self.dir, expect=FAILED)
    self.assert_one_line(err, self.dir, "--output-dir")

  def test_an_interrupt_leaves_nothing(self):
    source = self.write("in.wav", noise(1, 16000), 16000)
    x = noise(1, 16000)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
      # Standard input never ends, so the run cannot be over before.
      process = subprocess.Popen(
          [TACET, "denoise", "-", self.path("out.wav"), "--model", self.model,
           "--raw-rate", "16000", "--raw-channels", "1", "--raw-format",
           "f32le"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
      process.stdin.write(x.astype("<f4").tobytes())
      process.stdin.flush()
      deadline = time.monotonic() + 30
      while (not any(f.endswith(".tmp") for f in self.files()) and
             time.monotonic() < deadline):
        time.sleep(0.01)
      self.assertTrue(any(f.endswith(".tmp") for f in self.files()))
      process.send_signal(number)
      self.assertEqual(process.wait(30), -number)
      process.stdin.close()
      process.stderr.close()
      self.assertEqual(self.files(), ["in.wav", "model.tacet"], source)

  def test_a_reader_that_goes_away_is_an_error_not_a_crash(self):
    source = self.write("in.wav", noise(20, 16000), 16000)
    process = subprocess.Popen(
        [TACET, "denoise", source, "-", "--model", self.model],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    self.assertEqual(process.returncode, FAILED)
    self.assert_one_line(err.decode(), "standard output", "Broken pipe")


class Pipes(CommandTest):

  def test_wav_through_pipes(self):
    for channels, subtype in ((1, "PCM_16"), (2, "PCM_24"), (6, "FLOAT"),
                              (1, "PCM_U8")):
      source = self.write("in.wav", noise(0.7, 44100, channels), 44100,
                          subtype=subtype)
      with open(source, "rb") as file:
        data = file.read()
      out, err = self.denoise("-", "-", input=data)
      self.assertEqual(err, "")
      with open(self.path("piped.wav"), "wb") as file:
        file.write(out)
      self.denoise(source, self.path("direct.wav"), "--force")
      piped, rate = sf.read(self.path("piped.wav"))
      direct, _ = sf.read(self.path("direct.wav"))
      self.assertEqual(rate, 44100)
      self.assertEqual(sf.info(self.path("piped.wav")).subtype, subtype)
      self.assertTrue((piped == direct).all())

  def test_wav_of_unknown_length_and_a_chunk_before_the_samples(self):
    samples = np.arange(-500, 500, dtype="<i2").tobytes()
    fmt = struct.pack("<HHIIHH", 1, 1, 16000, 32000, 2, 16)
    head = b"RIFF" + b"\xff" * 4 + b"WAVE"
    head += b"LIST" + struct.pack("<I", 5) + b"abcde\0"
    head += b"fmt " + struct.pack("<I", 16) + fmt
    for size in (b"\xff" * 4, b"\0" * 4):
      self.denoise("-", self.path("out.wav"), "--force",
                   input=head + b"data" + size + samples)
      self.assertEqual(sf.info(self.path("out.wav")).frames, 1000)
    # A known length ends the samples, and a short input is told.
    out, err = self.denoise("-", "-", input=head + b"data" + struct.pack(
        "<I", 600) + samples)
    self.assertEqual(len(out), 44 + 600)
    _, err = self.denoise("-", "-", input=head + b"data" + struct.pack(
        "<I", 6000) + samples)
    self.assert_one_line(err, "warning", "truncated", "1000 frames")

  def test_broken_wav_headers_on_a_pipe(self):
    riff = b"RIFF" + b"\xff" * 4 + b"WAVE"
    fmt = lambda *f: b"fmt " + struct.pack("<I", 16) + struct.pack("<HHIIHH",
                                                                   *f)
    for head in (b"", b"RI", riff, riff + b"data\0\0\0\0",
                 riff + b"fmt " + struct.pack("<I", 2**31),
                 riff + fmt(1, 0, 16000, 0, 0, 16),
                 riff + fmt(1, 1, 16000, 0, 77, 16),
                 riff + fmt(85, 1, 16000, 0, 2, 16),
                 riff + b"JUNK" + b"\xff" * 4, b"hello world, no audio here"):
      _, err = self.denoise("-", "-", input=head, expect=FAILED)
      self.assert_one_line(err, "standard input")

  def test_flac_in_ogg_out_through_pipes(self):
    source = self.write("in.flac", noise(0.7, 48000, 2), 48000)
    with open(source, "rb") as file:
      data = file.read()
    for name in ("flac", "ogg"):
      out, _ = self.denoise("-", "-", "--format", name, input=data)
      with open(self.path("out." + name), "wb") as file:
        file.write(out)
      # A pipe's header cannot tell the length, and python3-soundfile then
      # fails on FLAC; the command itself does not.
      self.denoise(self.path("out." + name), self.path(name + ".wav"))
      y, rate = sf.read(self.path(name + ".wav"))
      self.assertEqual((rate, y.shape), (48000, (33600, 2)))

  def test_raw_samples_in_and_out(self):
    x = noise(0.5, 8000, 2)
    for name, dtype, scale in (("s16le", "<i2", 2**15), ("s32le", "<i4", 2**31),
                               ("f32le", "<f4", 1)):
      data = (x * scale).astype(dtype).tobytes()
      out, err = self.denoise("-", "-", "--raw-rate", "8000", "--raw-channels",
                              "2", "--raw-format", name, "--attenuation-limit",
                              "0", input=data)
      self.assertEqual(err, "")
      self.assertEqual(len(out), len(data))
      y = np.frombuffer(out, dtype).reshape(-1, 2) / scale
      # 8 kHz is resampled; noise near its Nyquist frequency is not kept.
      self.assertLess(np.sum((x - y)**2) / np.sum(x**2), 0.2)
    data = b"".join(struct.pack("<i", int(v * 2**23))[:3] for v in x[:, 0])
    out, _ = self.denoise("-", "-", "--raw-rate", "16000", "--raw-channels",
                          "1", "--raw-format", "s24le", "--bypass", input=data)
    self.assertEqual(len(out), len(data))
    self.assertLessEqual(
        max(abs(a - b) for a, b in zip(data[2::3], out[2::3])
            if abs(a - b) < 255), 1)

  def test_nothing_but_warnings_is_said_in_a_pipe(self):
    source = self.write("in.wav", noise(0.5, 16000), 16000)
    out, err = self.denoise(source, self.path("out.wav"))
    self.assertEqual((out, err), (b"", ""))

  def test_a_terminal_gets_a_progress_bar(self):
    source = self.write("in.wav", noise(5, 48000, 2), 48000)
    for quiet in (False, True):
      master, slave = pty.openpty()
      args = [TACET, "denoise", source, self.path("out.wav"), "--force",
              "--model", self.model] + (["--quiet"] if quiet else [])
      with subprocess.Popen(args, stderr=slave) as process:
        os.close(slave)
        text = b""
        while select.select([master], [], [], 60)[0]:
          try:
            text += os.read(master, 4096)
          except OSError:
            break
        self.assertEqual(process.wait(60), OK)
      os.close(master)
      self.assertEqual(b"%" in text, not quiet, text)


class Batches(CommandTest):

  def make_tree(self):
    for i, name in enumerate(("a.wav", "x/b.flac", "x/y/c.wav", "x/y/d.ogg",
                              "z/e.aiff", "z/f.wav")):
      self.write("tree/" + name, noise(0.4 + 0.1 * i, 16000, 1 + i % 2, i),
                 16000)
    with open(self.path("tree", "notes.txt"), "w") as file:
      file.write("not audio")
    return self.path("tree")

  def test_a_tree_is_kept_and_one_bad_file_does_not_stop_it(self):
    tree = self.make_tree()
    with open(self.path("tree", "x", "bad.wav"), "w") as file:
      file.write("not audio at all")
    _, err = self.denoise(tree, "--output-dir", self.path("out"),
                          expect=FAILED)
    self.assertEqual(self.files("out"), ["a.wav", "x/b.flac", "x/y/c.wav",
                                         "x/y/d.ogg", "z/e.aiff", "z/f.wav"])
    self.assertIn("x/bad.wav", err)
    self.assertIn("1 of 7 files failed", err)
    for name in self.files("out"):
      self.assertEqual(sf.info(self.path("out", name)).frames,
                       sf.info(self.path("tree", name)).frames)

  def test_parallel_output_is_that_of_one_thread(self):
    tree = self.make_tree()
    self.denoise(tree, "--output-dir", self.path("one"), "-j", "1")
    self.denoise(tree, "--output-dir", self.path("many"), "-j", "8")
    self.assertEqual(self.files("one"), self.files("many"))
    self.assertEqual(len(self.files("one")), 6)
    for name in self.files("one"):
      a, _ = sf.read(self.path("one", name))
      b, _ = sf.read(self.path("many", name))
      self.assertTrue((a == b).all(), name)

  def test_format_changes_the_extensions(self):
    tree = self.make_tree()
    self.denoise(tree, "-d", self.path("out"), "--format", "flac")
    self.assertEqual(self.files("out"), ["a.flac", "x/b.flac", "x/y/c.flac",
                                         "x/y/d.flac", "z/e.flac", "z/f.flac"])

  def test_outputs_that_would_collide_are_refused(self):
    a = self.write("one/a.wav", noise(0.1, 16000), 16000)
    b = self.write("two/a.wav", noise(0.1, 16000), 16000)
    _, err = self.denoise(a, b, "--output-dir", self.path("out"),
                          expect=FAILED)
    self.assertIn("two/a.wav", err)
    self.assertEqual(self.files("out"), ["a.wav"])

  def test_an_output_folder_inside_the_input_is_not_read(self):
    tree = self.make_tree()
    for _ in range(2):
      self.denoise(tree, "--output-dir", self.path("tree", "out"), "--force")
      self.assertEqual(len(self.files("tree", "out")), 6)

  def test_a_folder_without_audio_is_an_error(self):
    os.mkdir(self.path("bare"))
    _, err = self.denoise(self.path("bare"), "--output-dir", self.path("out"),
                          expect=FAILED)
    self.assert_one_line(err, "bare", "no audio file")


@unittest.skipIf(os.environ.get("TACET_SANITIZE"), "sanitizers take memory")
class Memory(CommandTest):

  def peak_kilobytes(self, seconds):
    source = self.write(f"{seconds}.wav", noise(seconds, 16000), 16000)
    process = subprocess.Popen(
        [TACET, "denoise", source, "/dev/null", "--model", self.model,
         "--picture", self.path(f"{seconds}.png")])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    self.assertEqual(process.returncode, OK)
    return usage.ru_maxrss

  def test_memory_does_not_grow_with_the_file(self):
    # From 3 to 12 minutes a file grows by 17 MB as it is and 35 as floats.
    self.assertLess(self.peak_kilobytes(720) - self.peak_kilobytes(180), 6000)


class Pictures(CommandTest):

  def test_the_picture_is_a_png_of_sane_size(self):
    source = self.write("in.wav", noise(3, 44100, 2), 44100)
    self.denoise(source, self.path("out.wav"), "--picture",
                 self.path("p.png"))
    with open(self.path("p.png"), "rb") as file:
      data = file.read()
    self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    self.assertTrue(800 <= width <= 4000 and 600 <= height <= 4000)
    self.assertTrue(20_000 < len(data) < 8_000_000, len(data))


class CommandLine(CommandTest):

  def test_help_and_version(self):
    out, err = self.tacet("--version")
    self.assertRegex(out.decode(), r"^tacet \d+\.\d+\.\d+\n$")
    for args in (("--help",), ("denoise", "--help"), ("model", "--help"),
                 ("model", "info", "--help")):
      out, err = self.tacet(*args)
      self.assertIn(b"Usage: tacet", out)
      self.assertEqual(err, "")

  def test_wrong_usage_is_status_2(self):
    source = self.write("in.wav", noise(0.1, 16000), 16000)
    out = self.path("out.wav")
    for args in ((), ("nonsense",), ("denoise",), ("denoise", source),
                 ("denoise", source, out, "third"),
                 ("denoise", source, out, "--nonsense"),
                 ("denoise", source, out, "-j", "0"),
                 ("denoise", source, out, "--format", "nonsense"),
                 ("denoise", source, out, "--encoding", "pcm7"),
                 ("denoise", source, out, "--channels", "some"),
                 ("denoise", source, out, "--attenuation-limit", "-3"),
                 ("denoise", source, out, "--attenuation-limit", "nan"),
                 ("denoise", source, out, "--raw-rate", "16000"),
                 ("denoise", "-", "--output-dir", self.dir),
                 ("denoise", source, "-d", self.dir, "--picture", "p.png"),
                 ("model",), ("model", "info")):
      _, err = self.tacet(*args, expect=USAGE)
      self.assertNotEqual(err, "", args)
    self.assertFalse(os.path.exists(out))

  def test_a_bad_model_is_one_line(self):
    source = self.write("in.wav", noise(0.1, 16000), 16000)
    _, err = self.tacet("denoise", source, self.path("out.wav"), "--model",
                        source, expect=FAILED)
    self.assert_one_line(err, "in.wav")
    _, err = self.tacet("model", "info", "no-such-model", expect=FAILED)
    self.assert_one_line(err, "no-such-model")

  def test_model_info(self):
    out, _ = self.tacet("model", "info", self.model)
    text = out.decode()
    for part in ("width 16", "8 states", "2 layers", "encoder.weight",
                 "decoder.bias", "sparsity", "MACs per frame",
                 str(os.path.getsize(self.model)) + " bytes"):
      self.assertIn(part, text)


if __name__ == "__main__":
  TACET = os.path.abspath(sys.argv.pop(1))
  unittest.main()
