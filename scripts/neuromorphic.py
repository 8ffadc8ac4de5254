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

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOC = ROOT / "docs" / "neuromorphic.md"
CHIPS = "loihi2-estimate", "loihi1-published"
MODES = "fall-through", "pipelined"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
# Runs of which the fastest counts, for other programs only ever slow one down.
NUM_RUNS = 5


def run(tacet, *args):
  return json.loads(subprocess.run([tacet, *args, "--json"], check=True,
                                   capture_output=True, text=True).stdout)


def number(x):
  return f"{x:,.0f}".replace(",", " ") if x >= 100 else f"{x:.3g}"


def ranged(values):
  low, value, high = values
  return f"{number(value)} ({number(low)}..{number(high)})"


def chips(tacet, audio):
  """Latency, throughput and energy by chip and mode."""
  runs = {(c, m): run(tacet, "simulate", audio, "--chip", c, "--mode", m)
          for c in CHIPS for m in MODES}
  yield ("| chip, mode | latency p50 µs | p99 µs | tokens a second | "
         "events µJ a token | with static power µJ | in real time µJ a hop |")
  yield "|---|---:|---:|---:|---:|---:|---:|"
  for (chip, mode), r in runs.items():
    yield (f"| `{chip}`, {mode} | {ranged(r['latency_us']['p50'])} | "
           f"{ranged(r['latency_us']['p99'])} | {ranged(r['tokens_per_s'])} | "
           f"{ranged(r['dynamic_energy_uj']['mean'])} | "
           f"{ranged(r['energy_uj']['mean'])} | "
           f"{ranged(r['realtime_energy_uj'])} |")
  r = runs[CHIPS[0], MODES[0]]
  yield ""
  used, memory, per = len(r["cores"]), r["memory"], r["per_token"]
  yield (f"`{CHIPS[0]}`, balanced: {used} cores; synapses "
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


def network_us(tacet, backend):
  """Fastest median of the network stage in NUM_RUNS runs, and the machine."""
  runs = [run(tacet, "bench", "--backend", backend, "--seconds", "10")
          for _ in range(NUM_RUNS)]
  best = min(runs, key=lambda r: r["stages"]["network"]["p50_us"])
  return best["stages"]["network"]["p50_us"], best


def standings(tacet, audio):
  """One table: what is measured, what estimated, what quoted."""
  yield "| figure | value | standing |"
  yield "|---|---|---|"
  for backend in "float", "fixed":
    us, best = network_us(tacet, backend)
    yield (f"| sparse `{best['model']}` on a CPU, {backend}, kernels "
           f"{best['kernels']}: features to mask | {number(us)} µs a token | "
           f"measured: {best['processor']}, fastest of {NUM_RUNS} medians |")
  yield ("| a dense network of the same width on a CPU | none is shipped | "
         "not measured |")
  r = run(tacet, "simulate", audio)
  yield (f"| the same network on `{r['chip']['name']}`, fall-through | "
         f"{ranged(r['latency_us']['p50'])} µs a token | estimated |")
  yield (f"| its events | {ranged(r['dynamic_energy_uj']['mean'])} µJ a token "
         f"| estimated; no energy of Loihi 2 is public |")
  yield (f"| speed of the simulator, with the front end | "
         f"{number(max(speeds(tacet, audio)))} times real time | measured, "
         f"processor time, best of {NUM_RUNS} |")
  yield (f"| with the trace | {number(max(speeds(tacet, audio, True)))} times "
         f"real time | measured likewise |")
  yield ("| paper: Loihi 2 against an edge GPU | 42 times lower latency, 149 "
         "times less energy a token | quoted (abstract): another model, a "
         "dense float one on the GPU, silicon |")
  yield ("| paper: sparse against dense of equal quality | half the compute, "
         "36 % less memory | quoted (abstract) |")


def speeds(tacet, audio, trace=False):
  for _ in range(NUM_RUNS):
    args = ["--trace", "/dev/null"] if trace else []
    r = run(tacet, "simulate", audio, *args)
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
