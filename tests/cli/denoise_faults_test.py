#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Odd inputs and outputs that fail: one line, nothing lost."""

import glob
import os
import resource
import shutil
import signal
import stat
import struct
import subprocess
import time

import numpy as np
import soundfile as sf

import command_case
from command_case import FAILED, CommandTest, noise


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def heed_signals():
  """What is ignored, under nohup or in the background, would stay so."""
  for number in SIGNALS:
    signal.signal(number, signal.SIG_DFL)


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

  def test_a_truncated_file_of_each_container_is_told(self):
    for name in ("wav", "rf64", "w64", "aiff", "au"):
      source = self.write("in." + name, noise(1, 16000), 16000,
                          format=name.upper(), subtype="PCM_16")
      with open(source, "r+b") as file:
        file.truncate(os.path.getsize(source) // 2)
      _, err = self.denoise(source, self.path("out.flac"), "--force")
      self.assert_one_line(err, "warning", "in." + name, "truncated")

  def test_a_wav_with_a_streamed_header_is_whole(self):
    out, _ = self.denoise(self.write("in.wav", noise(1, 16000), 16000), "-",
                          "--format", "wav")
    samples = out[44:]
    self.assertEqual(len(samples), 32000)
    # As of ffmpeg, SoX and arecord.
    for riff, size in ((0xffffffff, 0xffffffff), (0x7ffff024, 0x7ffff000),
                       (0x80000024, 0x80000000)):
      source = self.path("streamed.wav")
      with open(source, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", riff) + out[8:40] +
                   struct.pack("<I", size) + samples)
      _, err = self.denoise(source, self.path("out.wav"), "--force")
      self.assertEqual(err, "")
      self.assertEqual(sf.info(self.path("out.wav")).frames, 16000)

  def test_what_tacet_streams_is_whole(self):
    with open(self.write("in.wav", noise(1, 16000), 16000), "rb") as file:
      wav = file.read()
    unknown = wav[:40] + b"\xff" * 4 + wav[44:]
    out, _ = self.denoise("-", "-", input=unknown)
    self.assertEqual(out[40:44], b"\xff" * 4)
    with open(self.path("piped.wav"), "wb") as file:
      file.write(out)
    _, err = self.denoise(self.path("piped.wav"), self.path("out.wav"))
    self.assertEqual(err, "")
    self.assertEqual(sf.info(self.path("out.wav")).frames, 16000)

  def test_a_recording_that_was_not_finished_is_taken_whole(self):
    source = self.write("in.wav", noise(1, 16000, 2), 16000, subtype="PCM_24")
    with open(source, "rb") as file:
      wav = file.read()
    start = wav.index(b"data") + 8
    self.denoise(source, self.path("whole.wav"))
    for riff in (0, start - 8, 0xffffffff):
      with open(source, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", riff) + wav[8:start - 4] +
                   b"\0" * 4 + wav[start:])
      _, err = self.denoise(source, self.path("out.wav"), "--force")
      self.assert_one_line(err, "warning", "in.wav", "not finished",
                           "16000 that follow")
      whole, _ = sf.read(self.path("whole.wav"), dtype="int32")
      out, _ = sf.read(self.path("out.wav"), dtype="int32")
      self.assertTrue(np.array_equal(whole, out))
      self.assertEqual(sf.info(self.path("out.wav")).subtype, "PCM_24")
    # An empty file with a chunk behind its samples has none.
    with open(source, "wb") as file:
      file.write(b"RIFF" + struct.pack("<I", start + 4) + wav[8:start - 4] +
                 b"\0" * 4 + b"LIST" + struct.pack("<I", 4) + b"INFO")
    _, err = self.denoise(source, self.path("out.wav"), "--force")
    self.assertEqual((err, sf.info(self.path("out.wav")).frames), ("", 0))

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
    program, how = command_case.tacet_path, {}
    if os.geteuid() == 0:  # root may read all; somebody who may not has to ask
      os.chmod(self.dir, 0o777)
      os.chmod(self.model, 0o644)
      # The build may be below a folder that is root's alone.
      program = shutil.copy(program, self.path("tacet"))
      how = {"user": "nobody", "extra_groups": []}
    version = subprocess.run([program, "--version"], capture_output=True,
                             check=False, **how)
    self.assertEqual(version.returncode, 0, version.stderr)
    result = subprocess.run(
        [program, "denoise", source, self.path("out.wav"), "--model",
         self.model], capture_output=True, check=False, **how)
    self.assertEqual(result.returncode, FAILED)
    self.assert_one_line(result.stderr.decode(), "in.wav", "Permission denied")

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

  def test_a_name_gives_no_control_characters_to_the_terminal(self):
    _, err = self.denoise(self.path("no\nsuch\x1b[2J\x7f.wav"),
                          self.path("out.wav"), expect=FAILED)
    self.assert_one_line(err, "no?such?[2J?.wav", "No such file")


class DefaultModel(CommandTest):
  """Odd inputs through the network that ships."""

  def test_no_sample_and_one_sample(self):
    for rate in (8000, 16000, 44100, 48000):
      for count in (0, 1):
        source = self.write("in.wav", np.zeros((count, 1)) + 0.5, rate)
        _, err = self.tacet("denoise", source, self.path("out.wav"), "--force")
        self.assertEqual(err, "")
        y, _ = sf.read(self.path("out.wav"))
        self.assertEqual(len(y), count)
        self.assertTrue((np.abs(y) <= 0.5).all())

  def test_full_scale_squares_and_samples_that_are_none(self):
    for rate in (16000, 48000):
      x = np.sign(np.sin(2 * np.pi * 200 / rate * np.arange(2 * rate)))
      x[rate // 2] = np.nan
      x[rate] = np.inf
      x[rate + 1] = 1e-40
      source = self.write("in.wav", x, rate, subtype="FLOAT")
      for backend in ("float", "fixed"):
        _, err = self.tacet("denoise", source, self.path("out.wav"), "--force",
                            "--backend", backend)
        self.assert_one_line(err, "warning", "2 samples")
        y, _ = sf.read(self.path("out.wav"))
        self.assertTrue(np.isfinite(y).all())
        # A gain of at most 1 in each bin can add to peaks, not to much.
        self.assertLess(np.abs(y).max(), 3)

  def test_a_truncated_wav(self):
    source = self.write("in.wav", noise(1, 16000), 16000)
    with open(source, "r+b") as file:
      file.truncate(44 + 2 * 9000 + 1)
    _, err = self.tacet("denoise", source, self.path("out.wav"))
    self.assert_one_line(err, "warning", "in.wav", "truncated", "9000 frames")
    self.assertEqual(sf.info(self.path("out.wav")).frames, 9000)


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
          [command_case.tacet_path, "denoise", source, "-", "--model", self.model], stdout=full,
          stderr=subprocess.PIPE, check=False)
    self.assertEqual(result.returncode, FAILED)
    self.assertIn(b"No space left", result.stderr)
    with open("/dev/full", "wb") as full:
      result = subprocess.run([command_case.tacet_path, "model", "info", self.model],
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

  def start_without_end(self, *args):
    """A run that is in the middle of writing out.wav and stays there."""
    # Standard input never ends, so the run cannot be over before.
    process = subprocess.Popen(
        [command_case.tacet_path, "denoise", "-", self.path("out.wav"),
         "--model", self.model, "--raw-rate", "16000", "--raw-channels", "1",
         "--raw-format", "f32le", *args],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=heed_signals)
    self.addCleanup(process.kill)
    self.addCleanup(process.stdin.close)
    self.addCleanup(process.stderr.close)
    process.stdin.write(noise(1, 16000).astype("<f4").tobytes())
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while not self.drafts(process):
      self.assertLess(time.monotonic(), deadline, "nothing is written")
      time.sleep(0.01)
    return process

  def drafts(self, process):
    """Files in the test's folder that the process has open."""
    targets = []
    for link in glob.glob(f"/proc/{process.pid}/fd/*"):
      try:
        targets.append(os.readlink(link))
      except FileNotFoundError:
        pass  # closed meanwhile
    return [t for t in targets if t.startswith(self.dir + "/")]

  def has_unnamed_files(self):
    try:
      os.close(os.open(self.dir, os.O_TMPFILE | os.O_RDWR))
      return True
    except OSError:
      return False

  def test_an_interrupt_leaves_nothing(self):
    for number in SIGNALS:
      process = self.start_without_end()
      process.send_signal(number)
      self.assertEqual(process.wait(30), -number)
      self.assertEqual(self.files(), ["model.tacet"])

  def test_a_kill_leaves_nothing_and_an_old_output_as_it_was(self):
    source = self.write("in.wav", noise(1, 16000), 16000)
    with open(self.path("out.wav"), "w") as file:
      file.write("precious")
    process = self.start_without_end("--force")
    process.kill()
    self.assertEqual(process.wait(30), -signal.SIGKILL)
    with open(self.path("out.wav")) as file:
      self.assertEqual(file.read(), "precious")
    if self.has_unnamed_files():  # as nearly all file systems
      self.assertEqual(self.files(), ["in.wav", "model.tacet", "out.wav"])
    self.denoise(source, self.path("out.wav"), "--force")
    self.assertEqual(sf.info(self.path("out.wav")).frames, 16000)

  def test_a_reader_that_goes_away_is_an_error_not_a_crash(self):
    source = self.write("in.wav", noise(20, 16000), 16000)
    process = subprocess.Popen(
        [command_case.tacet_path, "denoise", source, "-", "--model", self.model],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    self.assertEqual(process.returncode, FAILED)
    self.assert_one_line(err.decode(), "standard output", "Broken pipe")


if __name__ == "__main__":
  command_case.main()
