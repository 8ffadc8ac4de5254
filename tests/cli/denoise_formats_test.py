#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Formats, rates, alignment: `tacet denoise` on real files."""

import struct

import numpy as np
import soundfile as sf

import command_case
from command_case import FAILED, CommandTest, noise


def lag(y, x):
  """Samples by which y, as long as x, is late: where their correlation is
  greatest. By FFT: the plain sum takes n² steps, 9.2e9 of a second at 96 kHz."""
  n = 2 * len(x)
  r = np.fft.irfft(np.fft.rfft(y, n) * np.conj(np.fft.rfft(x, n)), n)
  return (np.argmax(r) + len(x)) % n - len(x)


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

  def test_tags_that_are_not_kept_are_named(self):
    source = self.path("in.flac")
    with sf.SoundFile(source, "w", 16000, 1) as file:
      for name in ("title", "artist", "comment", "copyright", "date", "album",
                   "license", "tracknumber", "genre"):
        setattr(file, name, "A " + name)
      file.write(noise(0.2, 16000))
    for out, lost in (("out.flac", ()), ("out.ogg", ()), ("out.caf", ()),
                      ("out.wav", ("license",)),
                      ("out.aiff", ("date", "album", "license", "track number",
                                    "genre")),
                      ("out.mp3", ("copyright", "license")),
                      ("out.w64", ("title", "copyright", "artist", "comment",
                                   "date", "album", "license", "track number",
                                   "genre"))):
      _, err = self.denoise(source, self.path(out))
      if not lost:
        self.assertEqual(err, "", out)
      else:
        self.assert_one_line(err, "warning", source, out + " is without its " +
                             ", ".join(lost) + "\n")
      # What is not named is there.
      with sf.SoundFile(self.path(out)) as file:
        for name in ("title", "artist", "comment", "copyright", "date", "album",
                     "license", "tracknumber", "genre"):
          kept = name.replace("tracknumber", "track number") not in lost
          self.assertEqual(getattr(file, name) == "A " + name, kept, (out, name))

  def test_cue_points_and_pictures_are_named(self):
    source = self.write("in.wav", noise(0.2, 48000), 48000)
    with open(source, "ab") as file:
      file.write(b"cue " + struct.pack("<IIIIIIII", 28, 1, 1, 0, 0x61746164, 0,
                                       0, 100))
      size = file.tell() - 8
    with open(source, "r+b") as file:
      file.seek(4)
      file.write(struct.pack("<I", size))
    _, err = self.denoise(source, self.path("out.wav"))
    self.assert_one_line(err, "warning", "in.wav", "without its cue points")
    source = self.write("in.flac", noise(0.2, 48000), 48000)
    with open(source, "rb") as file:
      flac = file.read()
    with open(source, "wb") as file:
      file.write(flac[:42] + b"\6\0\0\x20" + bytes(32) + flac[42:])
    _, err = self.denoise(source, self.path("out.flac"))
    self.assert_one_line(err, "warning", "in.flac", "without its cover picture")

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


class DefaultModel(CommandTest):

  def test_takes_noise_away_at_every_rate_channel_count_and_encoding(self):
    for rate in (8000, 16000, 44100, 48000, 96000):
      for channels, subtype in ((1, "PCM_16"), (2, "PCM_24"), (6, "FLOAT")):
        x = np.random.default_rng(3).normal(0, 0.05, (2 * rate - 7, channels))
        source = self.write("in.wav", x, rate, subtype=subtype)
        _, err = self.tacet("denoise", source, self.path("out.wav"), "--force")
        self.assertEqual(err, "")
        info = sf.info(self.path("out.wav"))
        self.assertEqual((info.samplerate, info.subtype), (rate, subtype))
        y, _ = sf.read(self.path("out.wav"), always_2d=True)
        self.assertEqual(y.shape, x.shape)
        loss_db = 10 * np.log10(np.sum(x[rate:]**2) / np.sum(y[rate:]**2))
        self.assertGreater(loss_db, 10, (rate, channels))


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

  def test_lag_is_told_to_the_sample(self):
    x = noise(1, 8000)[:, 0]
    for late in (0, 1, -1, 500, -500):
      self.assertEqual(lag(np.roll(x, late), x), late)

  def test_bypass_keeps_time_at_resampled_rates(self):
    for rate in (8000, 22050, 44100, 96000):
      t = np.arange(rate) / rate
      x = 0.5 * np.exp(-((t - 0.6) / 0.005)**2) * np.cos(
          2 * np.pi * 600 * (t - 0.6))
      source = self.write("in.wav", x, rate, subtype="FLOAT")
      self.denoise(source, self.path("out.wav"), "--bypass", "--force")
      y, _ = sf.read(self.path("out.wav"))
      self.assertEqual(len(y), len(x))
      self.assertEqual(lag(y, x), 0)
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


if __name__ == "__main__":
  command_case.main()
