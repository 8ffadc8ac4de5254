#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The evaluation's measures on signals whose values are known, and the whole
script on the mini-set: evaluate_test.py TACET"""
import os
import subprocess
import sys
import unittest

import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import evaluate  # noqa: E402
import onsets  # noqa: E402

tacet = None


def words(rate, starts, seconds=4):
  """Noise bursts of 0.4 s at the given seconds, silence between."""
  x = 1e-4 * np.random.default_rng(1).standard_normal(seconds * rate)
  for t in starts:
    n = int(0.4 * rate)
    at = int(t * rate)
    x[at:at + n] += 0.1 * np.random.default_rng(2).standard_normal(n)
  return x


class Measures(unittest.TestCase):

  def test_si_snr_of_a_known_mixture(self):
    t = np.arange(16000)
    s, v = np.sin(0.1 * np.pi * t), np.sin(0.2 * np.pi * t)
    self.assertAlmostEqual(evaluate.si_snr(s, 3 * (s + 0.1 * v)), 20, places=3)

  def test_estoi_is_1_for_the_clean_file_and_0_for_noise(self):
    s = words(16000, (0.5, 1.5, 2.5))
    self.assertAlmostEqual(evaluate.estoi(s, 0.3 * s, 16000), 1, places=6)
    v = np.random.default_rng(3).standard_normal(len(s))
    self.assertLess(abs(evaluate.estoi(s, v, 16000)), 0.15)

  def test_onsets_are_the_beginnings_of_words(self):
    for rate in (16000, 48000):
      s = words(rate, (0.5, 1.5, 2.5))
      found = [i / rate for i in onsets.onsets(s, rate)]
      self.assertEqual(len(found), 3)
      np.testing.assert_allclose(found, (0.5, 1.5, 2.5), atol=0.01)

  def test_onset_loss_is_the_attenuation_of_the_first_40_ms(self):
    s = words(16000, (0.5, 1.5, 2.5))
    y = s.copy()
    at = int(1.5 * 16000)
    y[at:at + 640] *= 0.5
    np.testing.assert_allclose(onsets.losses(s, y, 16000), (0, 6.02, 0),
                               atol=0.01)


class Script(unittest.TestCase):

  def run_on_miniset(self, *options):
    p = subprocess.run(
        [sys.executable, os.path.join(ROOT, "scripts", "evaluate.py"),
         os.path.join(ROOT, "tests", "testdata", "miniset"), "--tacet", tacet,
         "--", "--quiet", *options], capture_output=True, text=True,
        check=True)
    row = [r for r in p.stdout.splitlines() if r.startswith("| all")][0]
    self.assertIn("onsets: ", p.stdout)
    return float(row.split("|")[5])  # SI-SNRi

  def test_options_reach_the_command_and_the_model_helps(self):
    self.assertAlmostEqual(
        self.run_on_miniset("--attenuation-limit", "0"), 0, places=1)
    self.assertGreater(self.run_on_miniset(), 2)


if __name__ == "__main__":
  tacet = os.path.abspath(sys.argv.pop(1))
  unittest.main()
