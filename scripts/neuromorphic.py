#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The figures of docs/neuromorphic.md.

    neuromorphic.py TACET [FILE]           print them as Markdown
    neuromorphic.py TACET [FILE] --write   put them into docs/neuromorphic.md

FILE: the noisy speech to run; default: docs/sample/noisy.flac. What is measured
is measured here and now: keep the machine quiet, or read it as an upper bound.
"""

import argparse
import json
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOC = ROOT / "docs" / "neuromorphic.md"
PERFORMANCE = ROOT / "docs" / "performance.md"
# The smaller first; the last is the one that is told in detail.
MODELS = "base", "large"
CHIPS = "loihi2-estimate", "loihi1-published"
MODES = "fall-through", "pipelined"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
# Runs of which the fastest counts, for other programs only ever slow one down.
NUM_RUNS = 5


def simulate(tacet, audio, model, *args):
  return run(tacet, "simulate", audio, "--model", model, *args)


def run(tacet, *args):
  return json.loads(subprocess.run([tacet, *args, "--json"], check=True,
                                   capture_output=True, text=True).stdout)


def number(x):
  return f"{x:,.0f}".replace(",", " ") if x >= 100 else f"{x:.3g}"


def ranged(values):
  low, value, high = values
  return f"{number(value)} ({number(low)}..{number(high)})"


def chips(tacet, audio):
  """Latency, throughput and energy by model, chip and mode."""
  runs = {(n, c, m): simulate(tacet, audio, n, "--chip", c, "--mode", m)
          for n in MODELS for c in CHIPS for m in MODES}
  yield ("| model | chip, mode | latency p50 µs | p99 µs | tokens a second | "
         "events µJ a token | with static power µJ | in real time µJ a hop |")
  yield "|---|---|---:|---:|---:|---:|---:|---:|"
  for (name, chip, mode), r in runs.items():
    yield (f"| {name} | `{chip}`, {mode} | {ranged(r['latency_us']['p50'])} | "
           f"{ranged(r['latency_us']['p99'])} | {ranged(r['tokens_per_s'])} | "
           f"{ranged(r['dynamic_energy_uj']['mean'])} | "
           f"{ranged(r['energy_uj']['mean'])} | "
           f"{ranged(r['realtime_energy_uj'])} |")
  r = runs[MODELS[-1], CHIPS[0], MODES[0]]
  yield ""
  used, memory, per = len(r["cores"]), r["memory"], r["per_token"]
  yield (f"`{MODELS[-1]}` on `{CHIPS[0]}`, balanced: {used} cores; synapses "
         f"{number(memory['synapse_bytes'])} bytes, neurons "
         f"{number(memory['neuron_bytes'])}, fullest core "
         f"{number(memory['fullest_core_bytes'])}. A token sets off "
         f"{number(per['synapses'])} synaptic operations, "
         f"{number(per['messages'])} messages over {number(per['hops'])} hops; "
         f"{number(per['spikes'])} neurons send. {r['tokens']} tokens.")
  yield ""
  yield "| group | neurons | cores | synapse bytes | values that are 0 |"
  yield "|---|---:|---:|---:|---:|"
  for g in r["groups"]:
    yield (f"| {g['name']} | {g['neurons']} | {g['cores']} | "
           f"{number(g['synapse_bytes'])} | {100 * g['sparsity']:.1f} % |")
  yield ""
  yield ("Steps wait for: " + ", ".join(
      f"{name} {100 * share:.0f} %" for name, share in r["step_limits"].items()
      if share > 0) + ". Energy of the events: " + ", ".join(
          f"{name} {100 * share:.0f} %"
          for name, share in r["energy_shares"].items()) + ".")
  yield ""


def network_us(tacet, model, backend):
  """Fastest median of the network stage in NUM_RUNS runs, and the machine."""
  runs = [run(tacet, "bench", "--model", model, "--backend", backend,
              "--seconds", "10") for _ in range(NUM_RUNS)]
  best = min(runs, key=lambda r: r["stages"]["network"]["p50_us"])
  return best["stages"]["network"]["p50_us"], best


def dense():
  """Of the table of docs/performance.md: the products of a network without
  zeros among its weights, by width."""
  head, widths = None, set()
  for line in PERFORMANCE.read_text(encoding="utf-8").splitlines():
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    if cells[:2] == ["width k", "sparsity"]:
      head = cells
    elif head and len(cells) == len(head) and cells[0].isdigit():
      if cells[0] in widths:
        continue
      widths.add(cells[0])
      for name, us in zip(head, cells):
        if "dense" in name:
          yield (f"| dense network of width k = {cells[0]} on a CPU, {name}: "
                 f"its matrix products alone | {number(float(us))} µs a token "
                 "| measured: [performance.md](performance.md) |")
  if head is None:
    raise SystemExit(f"{PERFORMANCE}: no table of dense products")


def standings(tacet, audio):
  """One table: what is measured, what estimated, what quoted."""
  yield "| figure | value | standing |"
  yield "|---|---|---|"
  yield from dense()
  for model in MODELS:
    for backend in "float", "fixed":
      us, best = network_us(tacet, model, backend)
      yield (f"| sparse `{model}` on a CPU, {backend}, kernels "
             f"{best['kernels']}: features to mask | {number(us)} µs a token | "
             f"measured: {best['processor']}, fastest of {NUM_RUNS} medians |")
  for model in MODELS:
    r = simulate(tacet, audio, model)
    yield (f"| sparse `{model}` on `{r['chip']['name']}`, fall-through | "
           f"{ranged(r['latency_us']['p50'])} µs a token | estimated |")
    yield (f"| its events | {ranged(r['dynamic_energy_uj']['mean'])} µJ a "
           "token | estimated; no energy of Loihi 2 is public |")
  for model in MODELS:
    plain, traced = (number(max(speeds(tacet, audio, model, trace)))
                     for trace in (False, True))
    yield (f"| speed of the simulator on one core, `{model}`, front end "
           f"included: with counters, with the trace too | {plain}, {traced} "
           "times real time | measured, processor time, best of "
           f"{NUM_RUNS} |")
  yield ("| paper: Loihi 2 against an edge GPU | 42 times lower latency, 149 "
         "times less energy a token | quoted (abstract): another model, a "
         "dense float one on the GPU, silicon |")
  yield ("| paper: sparse against dense of equal quality | half the compute, "
         "36 % less memory | quoted (abstract) |")


def speeds(tacet, audio, model, trace):
  with tempfile.TemporaryDirectory() as folder:
    for n in range(NUM_RUNS):
      args = ["--trace", f"{folder}/{n}.json"] if trace else []
      r = simulate(tacet, audio, model, *args)
      yield r["audio_s"] / r["processor_s"]


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("tacet")
  parser.add_argument("file", nargs="?",
                      default=str(ROOT / "docs" / "sample" / "noisy.flac"))
  parser.add_argument("--write", action="store_true")
  args = parser.parse_args()
  text = "\n".join([*chips(args.tacet, args.file),
                    *standings(args.tacet, args.file)]) + "\n"
  if not args.write:
    print(text, end="")
    return
  old = DOC.read_text(encoding="utf-8")
  pattern = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.DOTALL)
  if not pattern.search(old):
    raise SystemExit(f"{DOC}: no place between {BEGIN!r} and {END!r}")
  DOC.write_text(pattern.sub(lambda _: BEGIN + text + END, old),
                 encoding="utf-8")


if __name__ == "__main__":
  main()
