#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pipes, folders, memory, pictures and the command line."""

import os
import pty
import re
import select
import signal
import struct
import subprocess
import time
import unittest

import numpy as np
import soundfile as sf

import command_case
from command_case import FAILED, OK, USAGE, CommandTest, noise
from make_model import make_model


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

  def test_a_terminal_gets_a_progress_bar_with_the_time_left(self):
    source = self.write("in.wav", noise(20, 48000, 2), 48000)
    for quiet in (False, True):
      master, slave = pty.openpty()
      args = [command_case.tacet_path, "denoise", source, self.path("out.wav"),
              "--force", "--model", self.model] + (["--quiet"] if quiet else [])
      with subprocess.Popen(args, stderr=slave) as process:
        os.close(slave)
        text = b""
        while select.select([master], [], [], 60)[0]:
          try:
            read = os.read(master, 4096)
          except OSError:
            break
          if not text:
            # The first estimate comes after half a second, which a fast
            # machine does not need for all of the file.
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.6)
            process.send_signal(signal.SIGCONT)
          text += read
        self.assertEqual(process.wait(60), OK)
      os.close(master)
      if quiet:
        self.assertEqual(text, b"")
      else:
        self.assertRegex(
            text, rb"\r\[=*>? *\] +\d+ %  ETA \d+:\d\d\x1b\[K")
        shares = [int(s) for s in re.findall(rb"(\d+) %", text)]
        self.assertEqual(shares, sorted(shares))


class Shards(CommandTest):

  def setUp(self):
    super().setUp()
    for i in range(5):
      self.write(f"in/{i % 2}/{i}.wav", noise(0.2, 16000), 16000)
    self.manifest = self.path("all.txt")
    with open(self.manifest, "w", encoding="utf-8") as file:
      file.writelines(f"in/{i % 2}/{i}.wav\n" for i in range(5))

  def shard(self, shard, *args, **how):
    return self.denoise("--manifest", self.manifest, "--shard", shard, "-q",
                        "-d", self.path("out"), *args, cwd=self.dir, **how)

  def contents(self):
    found = {}
    for name in self.files("out"):
      with open(self.path("out", name), "rb") as file:
        found[name] = file.read()
    return found

  def test_shards_make_together_what_one_run_makes(self):
    self.shard("1/1")
    whole = self.contents()
    self.assertEqual(len(whole), 5)
    subprocess.run(["rm", "-r", self.path("out")], check=True)
    for i in (3, 1, 2):
      self.shard(f"{i}/3")
    self.assertEqual(self.contents(), whole)

  def test_a_run_goes_on_where_another_stopped(self):
    self.shard("1/1")
    whole = self.contents()
    os.remove(self.path("out", "in", "1", "3.wav"))
    kept = os.stat(self.path("out", "in", "0", "2.wav")).st_ino
    self.shard("1/1", "--skip-existing")
    self.assertEqual(self.contents(), whole)
    self.assertEqual(os.stat(self.path("out", "in", "0", "2.wav")).st_ino, kept)
    self.shard("1/1", "--skip-existing")  # nothing left to do

  def test_a_file_that_is_missing_fails_its_shard_alone(self):
    os.remove(self.path("in", "1", "1.wav"))  # the second line
    self.shard("1/2")
    _, err = self.shard("2/2", expect=FAILED)
    self.assertIn("in/1/1.wav", err)
    self.assertEqual(len(self.contents()), 4)

  def test_wrong_use_is_told(self):
    for args, part in ((("--shard", "3/2", "-d", "o", "in"), "expected I/N"),
                       (("--shard", "1/2", "in", "o"), "need --output-dir"),
                       (("--manifest", "m", "in", "-d", "o"), "give one"),
                       (("--skip-existing", "-f", "-d", "o", "in"), "force"),
                       (("-d", "o"), "0 paths"), ((), "0 paths")):
      _, err = self.denoise(*args, expect=USAGE)
      self.assertIn(part, err)


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

  def test_a_linked_folder_is_followed_and_a_loop_told_once(self):
    self.write("in/a.wav", noise(0.1, 16000), 16000)
    self.write("other/b.wav", noise(0.1, 16000), 16000)
    os.symlink(self.path("other"), self.path("in", "more"))
    os.symlink(self.path("in"), self.path("in", "loop"))
    _, err = self.denoise(self.path("in"), "-d", self.path("out"))
    self.assert_one_line(err, "warning", "in/loop", "leads back")
    self.assertEqual(self.files("out"), ["a.wav", "more/b.wav"])

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
        [command_case.tacet_path, "denoise", source, "/dev/null", "--model", self.model,
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
    self.assertRegex(out.decode(), r"^tacet \d+\.\d+\.\d+ "
                     r"\(commit ([0-9a-f]{12}\+?|unknown), "
                     r"kernels: float \S+, fixed \S+\)\n$")
    for args in (("--help",), ("denoise", "--help"), ("model", "--help"),
                 ("model", "info", "--help")):
      out, err = self.tacet(*args)
      self.assertIn(b"Usage: tacet", out)
      self.assertEqual(err, "")

  def test_help_names_the_built_in_models_and_the_default(self):
    _, err = self.tacet("model", "info", "no-such-model", expect=FAILED)
    names = err.strip().split("there are: ")[1].split(", ")
    self.assertIn("large", names)
    for command in ("denoise", "bench", "simulate"):
      text = self.tacet(command, "--help")[0].decode()
      for name in names:
        self.assertRegex(text, rf"[ ,]{name}[,\n ]", command)
      self.assertIn("large (default)", text)

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

  def test_model_info_gives_no_control_characters_to_the_terminal(self):
    model = self.path("odd.tacet")
    make_model(model, name="\x1b[31mred\u009b2J")
    out, _ = self.tacet("model", "info", model)
    self.assertIn(b"?[31mred", out)
    self.assertNotIn(b"\x1b", out)
    self.assertTrue(out.isascii())


if __name__ == "__main__":
  command_case.main()
