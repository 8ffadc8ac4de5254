#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Float against fixed point."""

import os
import sys

import numpy as np
import soundfile as sf

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import command_case  # noqa: E402
from command_case import FAILED, USAGE, CommandTest, noise  # noqa: E402

MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                     "testdata", "fixed", "real.tacet")


class BackendTest(CommandTest):

  def run_backend(self, backend, out):
    """Output samples and bytes of the small model in tests/testdata."""
    self.tacet("denoise", "--model", MODEL, "--backend", backend, "-f",
               self.noisy, self.path(out))
    with open(self.path(out), "rb") as f:
      return sf.read(self.path(out))[0], f.read()

  def setUp(self):
    super().setUp()
    self.noisy = self.write("noisy.wav", noise(1, 16000), 16000)

  def test_fixed_point_repeats_to_the_byte_and_is_near_float(self):
    fixed, once = self.run_backend("fixed", "a.wav")
    _, again = self.run_backend("fixed", "b.wav")
    floats, other = self.run_backend("float", "c.wav")
    self.assertEqual(once, again)
    self.assertNotEqual(once, other)  # it is another network that ran
    error = np.mean((fixed - floats) ** 2) / np.mean(floats ** 2)
    self.assertLess(error, 0.01)

  def test_integers_are_the_default_where_the_model_has_them(self):
    floats_only = os.path.join(os.path.dirname(MODEL), "..",
                               "phase-small.tacet")
    for model, backend in ((MODEL, "fixed"), (floats_only, "float")):
      outputs = []
      for options in (), ("--backend", "auto"), ("--backend", backend):
        self.tacet("denoise", "--model", model, *options, "-f", self.noisy,
                   self.path("out.wav"))
        with open(self.path("out.wav"), "rb") as f:
          outputs.append(f.read())
      self.assertEqual(outputs[0], outputs[1])
      self.assertEqual(outputs[0], outputs[2])

  def test_a_file_done_in_blocks_has_the_samples_of_a_stream(self):
    samples = np.concatenate(
        [noise(1, 20000), np.zeros((9000, 1)), noise(1, 7001)])
    noisy = self.write("gap.wav", samples, 16000)
    self.tacet("denoise", "--backend", "fixed", noisy, self.path("file.wav"))
    with open(noisy, "rb") as f:
      self.tacet("denoise", "--backend", "fixed", "-", self.path("pipe.wav"),
                 stdin=f)
    np.testing.assert_array_equal(sf.read(self.path("file.wav"))[0],
                                  sf.read(self.path("pipe.wav"))[0])

  def test_floats_are_done_in_blocks_when_asked_for(self):
    samples = np.concatenate(
        [noise(1, 20000), np.zeros((9000, 1)), noise(1, 7001)])
    noisy = self.write("gap.wav", samples, 16000, subtype="FLOAT")
    out = {}
    for name, options in (("live", ()), ("fast", ("--fast",))):
      path = self.path(name + ".wav")
      self.tacet("denoise", "--backend", "float", *options, noisy, path)
      out[name] = sf.read(path, dtype="float32")[0]
    # Other sums, so that some last bits differ, and no more than these.
    self.assertFalse(np.array_equal(out["live"], out["fast"]))
    error = np.mean((out["live"] - out["fast"]) ** 2)
    self.assertLess(10 * np.log10(error / np.mean(out["live"] ** 2)), -80)

  def test_a_model_without_integers_is_refused_in_a_line(self):
    _, text = self.denoise("--backend", "fixed", self.noisy,
                           self.path("out.wav"), expect=FAILED)
    self.assertIn("has no fixed-point weights", text)
    self.assertEqual(text.count("\n"), 1)
    self.assertFalse(os.path.exists(self.path("out.wav")))

  def test_an_unknown_backend_is_wrong_usage(self):
    for bad in "gpu", "1":  # not the number behind a name either
      _, text = self.tacet("denoise", "--backend", bad, self.noisy,
                           self.path("o.wav"), expect=USAGE)
      self.assertIn("--backend: %s not in {auto,fixed,float,neuromorphic}\n" % bad,
                    text)

  def test_model_info_tells_the_bytes(self):
    out, _ = self.tacet("model", "info", MODEL)
    self.assertRegex(out.decode(), r"float dense \d+ bytes, float sparse \d+, "
                     r"W8A16 sparse \d+ \(states of 24 bits\)")
    out, _ = self.tacet("model", "info", self.model)
    self.assertIn("no fixed-point weights", out.decode())


if __name__ == "__main__":
  command_case.main()
