#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The evaluation's measures on signals whose values are known, and the whole
script on the mini-set: evaluate_test.py TACET"""
import os
import re
import subprocess
import sys
import unittest

import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import evaluate  # noqa: E402
import onsets  # noqa: E402

MINISET = os.path.join(ROOT, "tests", "testdata", "miniset")
# Measured on the mini-set with the weights of large.tacet.
WORST_ONSETS_DB = 3.9
SI_SNRI_DB = 11.29

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


def figures(text):
  """Rows of the table: name and numbers; then those of the line of onsets."""
  rows = []
  for line in text.splitlines():
    if re.match(r"\| (all|-?\d+ dB) \|", line):
      cells = [c.strip() for c in line.strip("|\n ").split("|")]
      rows.append((cells[0], [float(v) for c in cells[1:]
                              for v in c.split("..")]))
    elif line.startswith("onsets: "):
      rows.append(("onsets", [float(v) for v in re.findall(
          r"(-?[0-9.]+)(?: dB|, loss)", line)]))
  return rows


class Script(unittest.TestCase):

  def run_on_miniset(self, *options):
    return subprocess.run(
        [sys.executable, os.path.join(ROOT, "scripts", "evaluate.py"), MINISET,
         "--tacet", tacet, "--", "--quiet", *options], capture_output=True,
        text=True, check=True).stdout

  def test_options_reach_the_command_and_the_model_helps(self):
    def si_snri(*options):
      return figures(self.run_on_miniset(*options))[0][1][3]
    self.assertAlmostEqual(si_snri("--attenuation-limit", "0"), 0, places=1)
    self.assertGreater(si_snri(), 2)

  def test_the_table_beside_the_test_data_is_what_it_prints(self):
    with open(os.path.join(MINISET, "..", "README.md"),
              encoding="utf-8") as file:
      written = figures(file.read())
    printed = figures(self.run_on_miniset())
    self.assertEqual([name for name, _ in written],
                     ["all", "-5 dB", "0 dB", "5 dB", "10 dB", "15 dB", "onsets"])
    self.assertEqual([name for name, _ in printed], [n for n, _ in written])
    for (name, here), (_, there) in zip(printed, written):
      # Kernels round differently; 0.02 dB is a step or two of the print.
      np.testing.assert_allclose(here, there, atol=0.02, err_msg=name)

  def test_the_quality_is_not_below_what_it_was(self):
    """Mean SI-SNR improvement with the model that ships, whatever the table says:
    at most 0.5 dB less than when this bound was measured."""
    name, values = figures(self.run_on_miniset())[0]
    self.assertEqual(name, "all")
    self.assertGreaterEqual(values[3], SI_SNRI_DB - 0.5)

  def test_word_onsets_survive(self):
    """What an onset loses of its first 40 ms with the model that ships: in the
    median at most 1 dB, and the worst 5 % not 1 dB more than when this bound was
    measured."""
    name, (count, median, worst) = figures(self.run_on_miniset())[-1]
    self.assertEqual(name, "onsets")
    self.assertEqual(count, 9)
    self.assertLessEqual(median, 1)
    self.assertLessEqual(worst, WORST_ONSETS_DB + 1)


if __name__ == "__main__":
  tacet = os.path.abspath(sys.argv.pop(1))
  unittest.main()
