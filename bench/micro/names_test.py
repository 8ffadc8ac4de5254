#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""micro_bench leaves nothing out.  names_test.py MICRO_BENCH TACET

What there should be is told here a second time, and what this processor has is
asked of `tacet bench`."""

import json
import math
import pathlib
import re
import subprocess
import sys
import unittest

MICRO_BENCH, TACET = sys.argv[1:3]
WEIGHTS = pathlib.Path(__file__).parent.parent.parent / "model/weights"
MODELS = [path.stem for path in WEIGHTS.glob("*.tacet")]
KERNELS = {"fixed": ("avx512-vbmi-vnni", "avx512", "avx2", "neon", "columns",
                     "scalar"),
           "float": ("avx512-vbmi", "avx2", "neon", "columns", "scalar")}
FFT_KERNELS = ("avx512", "avx2", "baseline", "kissfft")
BOTH = ("MACs_per_second", "bytes_per_second")


def run(*options):
  return subprocess.run([MICRO_BENCH, *options], capture_output=True, text=True,
                        timeout=500)


def expected_counters():
  """By the name of each benchmark that there should be."""
  names = {f"fft/{size}/{kernels}": ("flops_per_second", "bytes_per_second")
           for size in (512, 1536) for kernels in FFT_KERNELS}
  for rate in (16000, 48000):
    for part in ("analysis", "synthesis"):
      names[f"stft_{part}/{rate}"] = ("bytes_per_second",)
    for model in MODELS:
      for backend in ("fixed", "float", "neuromorphic"):
        names[f"hop/{backend}/{model}/{rate}"] = (*BOTH, "times_real_time")
  for group in ("products", "steps"):
    for backend, all_kernels in KERNELS.items():
      for model in MODELS:
        for kernels in all_kernels:
          names[f"{group}/{backend}/{model}/{kernels}"] = BOTH
  return names


def supported(backend):
  """The kernels that the program itself names when it is asked for others."""
  asked = subprocess.run([TACET, "bench", "--backend", backend, "--kernels",
                          "none-such"], capture_output=True, text=True,
                         timeout=60)
  return {k for k in KERNELS[backend]
          if re.search(rf"(?<![\w-]){k}(?![\w-])", asked.stderr)}


class NamesTest(unittest.TestCase):

  @classmethod
  def setUpClass(cls):
    done = run("--benchmark_min_time=0.0001", "--benchmark_format=json")
    if done.returncode != 0:
      raise AssertionError(done.stderr)
    cls.found = {b["name"]: b for b in json.loads(done.stdout)["benchmarks"]}

  def test_has_a_benchmark_of_each_name_and_no_others(self):
    self.assertGreaterEqual(len(MODELS), 4)
    self.assertEqual(sorted(self.found), sorted(expected_counters()))

  def test_each_tells_its_time_and_rates_or_which_kernels_are_missing(self):
    for name, counters in expected_counters().items():
      b = self.found[name]
      with self.subTest(name):
        if b.get("error_occurred"):
          kernels = name.rsplit("/", 1)[1]
          self.assertEqual(b["error_message"],
                           f"no {kernels} on this processor")
          continue
        self.assertGreater(b["cpu_time"], 0)
        for counter in counters:
          self.assertTrue(math.isfinite(b[counter]) and b[counter] > 0, counter)

  def test_skips_the_kernels_that_this_processor_has_not_and_no_others(self):
    for backend, all_kernels in KERNELS.items():
      here = supported(backend)
      self.assertIn("scalar", here)
      for group in ("products", "steps"):
        for model in MODELS:
          ran = {k for k in all_kernels if not self.found[
              f"{group}/{backend}/{model}/{k}"].get("error_occurred")}
          self.assertEqual(ran, here, f"{group}/{backend}/{model}")
    for name, b in self.found.items():
      if name.startswith(("stft", "hop")) or name.endswith(
          ("/kissfft", "/baseline")):
        self.assertFalse(b.get("error_occurred"), name)

  def test_rates_are_of_the_work_of_a_hop(self):
    for model in MODELS:
      info = subprocess.run([TACET, "model", "info", model],
                            capture_output=True, text=True, check=True).stdout
      macs = int(re.search(r"\(matrices (\d+)", info)[1])
      for backend, size in (("fixed", 2), ("float", 5)):
        b = self.found[f"products/{backend}/{model}/scalar"]
        self.assertEqual(b["time_unit"], "ns")
        self.assertAlmostEqual(b["MACs_per_second"] * b["cpu_time"] * 1e-9,
                               macs, delta=1e-3 * macs)
        self.assertAlmostEqual(b["bytes_per_second"] / b["MACs_per_second"],
                               size, places=6)

  def test_refuses_an_unknown_option(self):
    done = run("--none-such")
    self.assertEqual(done.returncode, 2)
    self.assertIn("none-such", done.stderr)


if __name__ == "__main__":
  unittest.main(argv=sys.argv[:1])
