#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`tacet bench` measures what it says.  bench_test.py TACET"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

TACET = sys.argv.pop(1)


def bench(*options):
  return subprocess.run([TACET, "bench", "--seconds", "2", *options],
                        capture_output=True, text=True, timeout=300)


def macs_of_matrices(model):
  """As `tacet model info` states them."""
  run = subprocess.run([TACET, "model", "info", model], capture_output=True,
                       text=True, timeout=60, check=True)
  return int(re.search(r"\(matrices (\d+)", run.stdout).group(1))


class BenchTest(unittest.TestCase):

  def result(self, *options):
    run = bench("--json", *options)
    self.assertEqual((run.returncode, run.stderr), (0, ""))
    return json.loads(run.stdout)

  def test_counts_the_hops_of_all_streams(self):
    one, three = self.result(), self.result("--streams", "3")
    self.assertEqual(one["num_hops"], 250)
    self.assertEqual(three["num_hops"], 750)

  def test_stages_are_parts_of_a_hop(self):
    for options in ((), ("--rate", "48000"), ("--backend", "fixed")):
      result = self.result(*options)
      stages = result["stages"]
      for stage in (*stages.values(), result["no_work"]):
        order = [stage[q] for q in ("p50_us", "p90_us", "p99_us", "p99.9_us",
                                    "max_us")]
        self.assertGreater(order[0], 0)
        self.assertEqual(order, sorted(order))
      parts = [stages[name]["mean_us"]
               for name in ("analysis", "network", "synthesis")]
      self.assertLessEqual(sum(parts), stages["hop"]["mean_us"])

  def test_hears_how_sparse_the_activations_are(self):
    zeros = self.result()["zeros"]
    for share in zeros.values():  # ReLU everywhere, and none is all zero
      self.assertGreater(share, 0.1)
      self.assertLess(share, 1)

  def test_counts_the_products_that_meet_an_input(self):
    result = self.result()
    matrices = result["matrices"]
    self.assertEqual(len(matrices), 2 + 3 * 5)  # encoder, layers, decoder
    self.assertEqual(sum(m["weights"] for m in matrices),
                     result["macs_per_hop"])
    self.assertEqual(result["macs_per_hop"],
                     macs_of_matrices(result["model"]))
    self.assertAlmostEqual(
        sum(m["effective_macs_per_hop"] for m in matrices),
        result["effective_macs_per_hop"], 6)
    for m in matrices[1:]:
      self.assertGreater(m["effective_macs_per_hop"], 0)
      # zeros are no products, and not all columns are alike full
      share = m["effective_macs_per_hop"] / m["weights"]
      self.assertLess(abs(share - (1 - m["zeros"])), 0.35, m["name"])
      self.assertLess(share, 0.95)

  def test_runs_the_kernels_that_are_asked_for(self):
    self.assertEqual(
        self.result("--backend", "fixed", "--kernels", "scalar")["kernels"],
        "scalar")
    run = bench("--backend", "fixed", "--kernels", "abacus")
    self.assertEqual(run.returncode, 1)
    self.assertRegex(run.stderr, r"^tacet: kernels abacus: .*scalar\n$")

  def test_memory_is_that_of_the_weights_and_of_each_stream(self):
    few, many = (self.result("--model", "tiny", "--backend", "float",
                             "--streams", str(count)) for count in (1, 100))
    self.assertGreater(few["weight_bytes"], 0)
    self.assertGreater(few["peak_bytes"], few["weight_bytes"])
    self.assertEqual(few["weight_bytes"], many["weight_bytes"])
    grown = (many["peak_bytes"] - few["peak_bytes"]) / 99
    self.assertGreater(grown, 0.5 * many["bytes_per_stream"])
    self.assertLess(grown, 2 * many["bytes_per_stream"])
    fixed = self.result("--model", "tiny", "--backend", "fixed")  # 8 bits
    self.assertLess(fixed["weight_bytes"], few["weight_bytes"])

  def test_peak_memory_is_what_the_system_says(self):
    process = subprocess.Popen(
        [TACET, "bench", "--seconds", "1", "--streams", "100", "--json"],
        stdout=subprocess.PIPE)
    text = process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    self.assertEqual(process.returncode, 0)
    peak = json.loads(text)["peak_bytes"]
    self.assertGreater(peak, 0.8 * 1024 * usage.ru_maxrss)
    self.assertLessEqual(peak, 1024 * usage.ru_maxrss)

  def test_instructions_are_more_without_vectors_or_said_not_to_be_counted(self):
    fast = self.result("--backend", "fixed")
    scalar = self.result("--backend", "fixed", "--kernels", "scalar")
    if fast["instructions_per_hop"] is None:
      self.assertIsNone(scalar["instructions_per_hop"])
      self.assertIn("not counted", bench().stdout)
      return
    self.assertGreater(fast["instructions_per_hop"], 1000)
    if fast["kernels"] != "scalar":
      self.assertGreater(scalar["instructions_per_hop"],
                         1.2 * fast["instructions_per_hop"])

  def test_disturbance_is_that_of_the_run(self):
    def stolen_s():
      with open("/proc/stat", encoding="ascii") as file:
        return int(file.readline().split()[8]) / os.sysconf("SC_CLK_TCK")

    # Another program on the same processor pushes it aside.
    cpu = min(os.sched_getaffinity(0))
    with subprocess.Popen(
        [sys.executable, "-c", "while True: pass"],
        preexec_fn=lambda: os.sched_setaffinity(0, {cpu})) as other:
      before = stolen_s()
      run = subprocess.run(
          [TACET, "bench", "--seconds", "20", "--json"], capture_output=True,
          check=True, preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
      after = stolen_s()
      other.kill()
    result = json.loads(run.stdout)
    self.assertGreater(result["num_preempted"], 0)
    self.assertGreaterEqual(result["stolen_s"], 0)
    self.assertLessEqual(result["stolen_s"], after - before + 0.02)
    self.assertLess(result["cpu_s"], result["wall_s"])

  def test_runs_the_kernels_that_are_asked_for_in_blocks_too(self):
    for backend in ("float", "fixed"):
      options = ("--blocks", "--backend", backend)
      run = bench(*options, "--kernels", "abacus")
      self.assertEqual(run.returncode, 1)
      known = re.search(r"^tacet: kernels abacus: .*, but (.*)\n$", run.stderr)
      if known is None:
        self.skipTest(run.stderr)  # this processor has no blocks
      names = known[1].split(", ")
      self.assertEqual(self.result(*options)["kernels"], f"blocks {names[0]}")
      for name in names:
        self.assertEqual(
            self.result(*options, "--kernels", name)["kernels"],
            f"blocks {name}")

  def test_tells_the_state_of_a_stream_and_the_caches(self):
    fixed, floats = (self.result("--backend", b) for b in ("fixed", "float"))
    for result in (fixed, floats):
      state = result["state_bytes_per_stream"]
      self.assertEqual(state % 64, 0)
      self.assertGreater(state, 4096)
      self.assertLess(state, result["weight_bytes"])
      for cache, name in (("l1_bytes", "LEVEL1_DCACHE_SIZE"),
                          ("l2_bytes", "LEVEL2_CACHE_SIZE")):
        system = subprocess.run(["getconf", name], capture_output=True,
                                text=True, timeout=60).stdout.strip()
        known = int(system) if system.isdecimal() and int(system) else None
        self.assertEqual(result[cache], known)
    text = bench("--backend", "fixed").stdout
    self.assertRegex(text, rf"(?m)^state +network "
                     rf"{fixed['state_bytes_per_stream'] / 1024:.1f} KiB a stream")

  def test_of_blocks_no_state_is_told_since_it_lies_in_no_one_block(self):
    run = bench("--json", "--blocks")
    if run.returncode != 0:
      self.skipTest(run.stderr)  # this processor has no blocks
    self.assertIsNone(json.loads(run.stdout)["state_bytes_per_stream"])
    self.assertRegex(bench("--blocks").stdout, r"(?m)^state +network unknown")

  def test_draws_a_plot(self):
    with tempfile.TemporaryDirectory() as folder:
      plot = pathlib.Path(folder, "out.png")
      self.result("--plot", str(plot))
      self.assertEqual(plot.read_bytes()[:4], b"\x89PNG")
      run = bench("--plot", "/nowhere/out.png")
      self.assertEqual(run.returncode, 1)
      self.assertIn("/nowhere/out.png", run.stderr)


if __name__ == "__main__":
  unittest.main()
