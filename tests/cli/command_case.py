# SPDX-License-Identifier: Apache-2.0
"""Base of the tests that run the real `tacet` on real files.

X_test.py TACET [ARGS]; needs Debian's python3-numpy and python3-soundfile. All
audio is made here.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import soundfile as sf

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_model import make_model  # noqa: E402

tacet_path = None
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
    result = subprocess.run([tacet_path, *args], capture_output=True, timeout=120,
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


def main():
  global tacet_path
  tacet_path = os.path.abspath(sys.argv.pop(1))
  unittest.main(module="__main__")
