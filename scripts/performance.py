#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/performance.md from measurements; scripts/performance.sh runs it.

    performance.py BUILD [--rounds N] [--rnnoise MODEL.rnnn] [--onnx FOLDER]
                   [SECTION...]

Measures the sections (all, unless some are named), keeps each one's figures in
BUILD/performance/ with the commit and the date, and writes the page when there
are figures of all: a machine that is free for minutes only takes them a few at a
time. The plots are drawn with the page, from the same figures.
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import resource
import statistics
import string
import subprocess
import sys
import tempfile
import time

import performance_claims
import performance_plots

SOURCE = pathlib.Path(__file__).resolve().parent.parent
SAMPLE = SOURCE / "docs/sample/noisy.flac"
TEMPLATE = SOURCE / "scripts/performance.template.md"
PLOT = "docs/performance.png"
PRODUCTS_PLOT = "docs/performance-products.png"
STREAMS_PLOT = "docs/performance-streams.png"
SAMPLE_HOPS = 1000


def run(*command):
  return subprocess.run([str(c) for c in command], check=True, text=True,
                        capture_output=True).stdout


def bench(tacet, *options):
  return json.loads(run(tacet, "bench", "--json", *options))


def stage_table(tacet):
  lines = ["| model, backend, rate | analysis | network | synthesis | hop: p50 | "
           "p90 | p99 | p99.9 | p99.9 / p50 | p99.9 of no work | "
           "x times real time |", "|---" + "|---:" * 10 + "|"]
  for model in ("base", "large"):
    for backend in ("fixed", "float"):
      for rate in ("16000", "48000"):
        plot = (("--plot", SOURCE / PLOT)
                if (model, backend, rate) == ("large", "fixed", "16000") else ())
        r = bench(tacet, "--model", model, "--backend", backend, "--rate", rate,
                  "--seconds", "16", *plot)
        if model == "large":
          zeros = r["zeros"]
        s = r["stages"]
        cells = [s[n]["p50_us"] for n in ("analysis", "network", "synthesis")]
        cells += [s["hop"][q]
                  for q in ("p50_us", "p90_us", "p99_us", "p99.9_us")]
        lines.append(
            f"| {model}, {backend} ({r['kernels']}), {int(rate) // 1000} kHz | "
            + " | ".join(f"{c:.2f}" for c in cells)
            + f" | {s['hop']['p99.9_us'] / s['hop']['p50_us']:.1f}"
            + f" | {r['no_work']['p99.9_us']:.2f}"
            + f" | {8000 / s['hop']['p50_us']:.0f} |")
  return "\n".join(lines), zeros, r["processor"]


def files_table(tacet, rounds):
  """Files hop by hop and in blocks: the engine alone, and the whole command."""
  lines = ["| model, backend, rate | hop by hop, us | x real time | in blocks, us | "
           "x real time | `tacet denoise`, x real time |",
           "|---|---:|---:|---:|---:|---:|"]
  seconds = 600
  with tempfile.TemporaryDirectory() as folder:
    for rate in ("16000", "48000"):
      source, out = f"{folder}/{rate}.wav", f"{folder}/out.wav"
      run("ffmpeg", "-v", "error", "-y", "-stream_loop", "-1", "-i", SAMPLE,
          "-t", seconds, "-ar", rate, source)
      for model in ("base", "large"):
        for backend in ("fixed", "float"):
          network = ("--model", model, "--backend", backend)
          times = {"stream": [], "blocks": [], "command": []}
          for _ in range(rounds):
            for name, blocks in (("stream", ()), ("blocks", ("--blocks",))):
              times[name].append(bench(
                  tacet, *network, "--rate", rate, "--seconds", "20",
                  *blocks)["cpu_us_per_hop"])
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            run(tacet, "denoise", "-q", "-f", "--fast", *network, source, out)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times["command"].append(after.ru_utime - before.ru_utime
                                    + after.ru_stime - before.ru_stime)
          stream, blocks, command = (statistics.median(t)
                                     for t in times.values())
          lines.append(
              f"| {model}, {backend}, {int(rate) // 1000} kHz | {stream:.2f} | "
              f"{8000 / stream:.0f} | {blocks:.2f} | {8000 / blocks:.0f} | "
              f"{seconds / command:.0f} |")
  return "\n".join(lines)


def stream_table(tacet):
  lines = ["| model | streams | us a hop and stream | "
           "streams a core carries live | MB a stream |",
           "|---|---:|---:|---:|---:|"]
  for model in ("base", "large"):
    for n in (1, 4, 16, 64, 256):
      r = bench(tacet, "--model", model, "--backend", "fixed", "--streams", n,
                "--seconds", max(0.5, 16 / n))
      hop = r["cpu_us_per_hop"]
      lines.append(f"| {model} | {n} | {hop:.2f} | {8000 / hop:.0f} | "
                   f"{r['bytes_per_stream'] / 1e6:.3f} |")
  return "\n".join(lines)


def jobs_table(tacet, rounds, num_files=8, seconds=300):
  """The time of `tacet denoise -j`, as it ships: from one job to one a core,
  in turn."""
  cores = len(os.sched_getaffinity(0))
  counts = sorted({1, 2, cores} & set(range(1, cores + 1)))
  times = {n: [] for n in counts}
  with tempfile.TemporaryDirectory() as folder:
    sources = [f"{folder}/{i}.wav" for i in range(num_files)]
    for source in sources:
      run("ffmpeg", "-v", "error", "-y", "-stream_loop", "-1", "-i", SAMPLE,
          "-t", seconds, "-ar", 48000, source)
    for _ in range(rounds):
      for n in counts:
        start = time.monotonic()
        run(tacet, "denoise", "-q", "-f", "-j", n, "--output-dir",
            f"{folder}/out", *sources)
        times[n].append(time.monotonic() - start)
  medians = {n: statistics.median(t) for n, t in times.items()}
  lines = ["| jobs | s | x real time | x one job | of as many cores |",
           "|---:|---:|---:|---:|---:|"]
  for n, median in medians.items():
    faster = medians[1] / median
    lines.append(f"| {n} | {median:.2f} | {num_files * seconds / median:.0f} | "
                 f"{faster:.2f} | {100 * faster / n:.0f} % |")
  return {"jobs": "\n".join(lines), "cores": cores, "job_files": num_files,
          "job_seconds": seconds, "job_rounds": rounds}


def measured_at():
  """What is measured, and when."""
  commit = run("git", "-C", SOURCE, "rev-parse", "--short=12", "HEAD").strip()
  if run("git", "-C", SOURCE, "status", "--porcelain", "-uno", "--", ".",
         ":!docs").strip():
    commit += " with changes"
  return {"commit": commit, "date": datetime.date.today().isoformat()}


def instructions(tacet, model, backend):
  """Of Stream::Process, a hop; valgrind offers AVX2 and no AVX-512.

  From a pipe, which goes hop by hop; a file would go in blocks.
  """
  with tempfile.TemporaryDirectory() as folder:
    run("ffmpeg", "-v", "error", "-i", SAMPLE, f"{folder}/in.wav")
    with open(f"{folder}/in.wav", "rb") as speech:
      done = subprocess.run(
          ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out",
           "--toggle-collect=tacet::Stream::Process(*", tacet, "denoise", "-q",
           "--model", model, "--backend", backend, "-", f"{folder}/out.wav"],
          check=True, stdin=speech, stdout=subprocess.PIPE,
          stderr=subprocess.PIPE)
    table = run("callgrind_annotate", f"{folder}/out")
  total = int(re.search(rb"Collected : (\d+)", done.stderr)[1])
  parts = re.findall(r"^\s*([\d,]+) \([ \d.]+%\)\s+\S*?:(.*?)(?: \[|$)", table,
                     re.M)
  rows = [f"| all | {total / SAMPLE_HOPS:.0f} |"]
  for count, name in parts[:9]:
    short = re.sub(r"\(.*|tacet::|\(anonymous namespace\)::|'2", "",
                   name.replace("(anonymous namespace)::", ""))
    rows.append(f"| `{short.strip()}` | "
                f"{int(count.replace(',', '')) / SAMPLE_HOPS:.0f} |")
  return "\n".join(["| function | instructions a hop |", "|---|---:|", *rows])


def peak_mb(tacet, seconds):
  with tempfile.TemporaryDirectory() as folder:
    run("ffmpeg", "-v", "error", "-stream_loop", "-1", "-i", SAMPLE, "-t",
        seconds, f"{folder}/in.wav")
    script = ("import resource, subprocess, sys; "
              "subprocess.run(sys.argv[1:], check=True); "
              "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    return int(run(sys.executable, "-c", script, tacet, "denoise", "-q",
                   "--backend", "fixed", f"{folder}/in.wav",
                   f"{folder}/out.wav")) * 1024 / 1e6


def network_macs(tacet, model):
  info = run(tacet, "model", "info", model)
  return int(re.search(r"MACs per frame \(matrices (\d+)", info)[1])


def roofline_table(tacet, program, products):
  """The least time of a network's products, the time that they take, and that
  of the network with its element-wise loops."""
  peak = json.loads(run(program))
  lines = ["| model, backend | weights | bytes | from | us to read | "
           "us to multiply | products, us | of the bound | network, us | "
           "of the bound |",
           "|---|---:|---:|---|---:|---:|---:|---:|---:|---:|"]
  for model in ("base", "large"):
    macs = network_macs(tacet, model)
    times = json.loads(run(products, "model",
                           SOURCE / f"model/weights/{model}.tacet", 301))
    for backend, size, rate in (("fixed", 2, "w8a16_gmac_s"),
                                ("float", 5, "float_gmac_s")):
      found = bench(tacet, "--model", model, "--backend", backend, "--seconds",
                    "16")["stages"]["network"]["p50_us"]
      read, multiply, name = performance_claims.bound_us(macs, size, peak, rate)
      bound = max(read, multiply)
      product = next(iter(times[f"{backend}_us"].values()))
      lines.append(f"| {model}, {backend} | {macs} | {size * macs} | {name} | "
                   f"{read:.2f} | {multiply:.2f} | {product:.2f} | "
                   f"{product / bound:.1f} | {found:.2f} | "
                   f"{found / bound:.1f} |")
  return peak, "\n".join(lines)


def ratio_table(products):
  """How much longer than the sparse products the best dense ones take."""
  rows = [[c.strip() for c in line.strip("| ").split("|")]
          for line in products.splitlines()]
  names, rows = rows[0][2:], rows[2:]
  kinds = [("W8A16", [n for n in names if n.startswith("W8A16 avx")]),
           ("float", [n for n in names if n.startswith("float avx")])]
  lines, head = [], ["width k", "sparsity"]
  head += [f"{n}" for _, kernels in kinds for n in kernels]
  head.append("W8A16 avx2 to dense avx2")
  for row in rows:
    times = dict(zip(names, map(float, row[2:])))
    cells = row[:2]
    for kind, kernels in kinds:
      dense = min(t for n, t in times.items() if n.startswith(f"{kind} dense"))
      cells += [f"{dense / times[n]:.2f}" for n in kernels]
    cells.append(f"{times['W8A16 dense avx2'] / times['W8A16 avx2']:.2f}")
    lines.append(f"| {' | '.join(cells)} |")
  return "\n".join([f"| {' | '.join(head)} |",
                    "|---" * 2 + "|---:" * (len(head) - 2) + "|", *lines])


def product_counts(program):
  """Instructions of the products of a hop, as callgrind counts them."""
  kernels = ("W8A16 dense avx2", "W8A16 avx2", "W8A16 columns")
  lines = [f"| width k | sparsity | {' | '.join(kernels)} | "
           "dense / sparse avx2 |", "|---|---" + "|---:" * 4 + "|"]
  for width, sparsity in ((1, .85), (1, .9), (1, .95), (2, .9)):
    counts = []
    for name in kernels:
      with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind",
             f"--callgrind-out-file={folder}/out",
             "--toggle-collect=*RunOnce*", program, "count", name, str(width),
             str(sparsity)], check=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
      counts.append(int(re.search(rb"Collected : (\d+)", done.stderr)[1]) / 8)
    lines.append(f"| {width} | {100 * sparsity:.0f} % | "
                 + " | ".join(f"{n:.0f}" for n in counts)
                 + f" | {counts[0] / counts[1]:.2f} |")
  return "\n".join(lines)


MICRO_OPTIONS = ("--benchmark_format=json", "--benchmark_min_time=0.02",
                 "--benchmark_repetitions=9",
                 "--benchmark_enable_random_interleaving=true",
                 "--benchmark_report_aggregates_only=true")


def micro_tables(program):
  """Tables of bench/micro_bench: medians, microseconds."""
  found = json.loads(run(
      program, *MICRO_OPTIONS, "--benchmark_filter=^(fft|stft|products|steps)"))
  medians = {b["run_name"]: b for b in found["benchmarks"]
             if b.get("aggregate_name") == "median" and not b.get("error_occurred")}

  def table(head, rows, columns):
    """A row for each title, of the benchmarks PREFIX/COLUMN that ran."""
    columns = [str(c) for c in columns
               if f"{next(iter(rows.values()))}/{c}" in medians]
    lines = [f"| {head} | {' | '.join(columns)} |",
             "|---" + "|---:" * len(columns) + "|"]
    for title, prefix in rows.items():
      cells = [f"{1e-3 * medians[f'{prefix}/{c}']['cpu_time']:.2f}"
               for c in columns]
      lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)

  def by_kernels(backend, kernels):
    return table(backend, {
        f"{model}, {group}": f"{group}/{backend}/{model}"
        for model in ("base", "large") for group in ("products", "steps")},
                 kernels)

  return {
      "micro_fft": table("samples", {n: f"fft/{n}" for n in (512, 1536)},
                         ("avx512", "avx2", "baseline", "kissfft")),
      "micro_stft": table("", {p: f"stft_{p}" for p in ("analysis", "synthesis")},
                          (16000, 48000)),
      "micro_fixed": by_kernels("fixed", ("avx512-vbmi-vnni", "avx512", "avx2",
                                          "neon", "columns", "scalar")),
      "micro_float": by_kernels("float", ("avx512-vbmi", "avx2", "neon",
                                          "columns", "scalar"))}


def state_values(tacet):
  """What a stream's network writes to, beside the caches."""
  sizes = []
  for model in ("base", "large"):
    for backend in ("fixed", "float"):
      r = bench(tacet, "--model", model, "--backend", backend, "--seconds", "1")
      sizes.append(f"{r['state_bytes_per_stream'] / 1024:.1f} KiB of `{model}`, "
                   f"{backend}")
  caches = (f"{name} {f'{size >> 10} KiB' if size else 'unknown'}"
            for name, size in (("L1", r["l1_bytes"]), ("L2", r["l2_bytes"])))
  return {"state_sizes": "; ".join(sizes), "caches": ", ".join(caches)}


def sections(options):
  """Name to a function that gives values of the template's names."""
  tacet = options.build / "cli/tacet"
  peers = [sys.executable, "-B", SOURCE / "scripts/bench_peers.py", tacet,
           options.build / "bench/peer_bench", "--rounds", options.rounds]
  if options.rnnoise:
    peers += ["--rnnoise", options.rnnoise]
  if options.onnx:
    peers += ["--onnx", options.onnx]

  def stages():
    table, zeros, processor = stage_table(tacet)
    values = {
        "stages": table, "processor": processor,
        "zeros": ", ".join(f"{n} {100 * z:.0f} %" for n, z in zeros.items())}
    for model in ("base", "large"):
      info = run(tacet, "model", "info", model)
      values[f"{model}_parameters"] = re.search(r"^parameters\s+(.*)$", info,
                                                re.M)[1]
      values[f"{model}_cost"] = re.search(r"^cost\s+(.*)$", info, re.M)[1]
    return values

  def roofline():
    peak, table = roofline_table(tacet, options.build / "bench/roofline_bench",
                                 options.build / "bench/product_bench")
    return {"roofline": table, **{k: f"{v:.0f}" for k, v in peak.items()}}

  def products():
    table = run(options.build / "bench/product_bench", 31).strip()
    return {"products": table, "ratios": ratio_table(table),
            "packed": run(options.build / "bench/product_bench", "packed",
                          31).strip()}

  def counts():
    return {"counts": product_counts(options.build / "bench/product_bench"),
            "neon_counts": run(SOURCE / "scripts/neon_counts.sh").strip()}

  return {
      "stages": stages,
      "files": lambda: {"files": files_table(tacet, int(options.rounds))},
      "streams": lambda: {"streams": stream_table(tacet)},
      "jobs": lambda: jobs_table(tacet, int(options.rounds)),
      "instructions": lambda: {
          f"{model}_{backend}_instructions": instructions(tacet, model, backend)
          for model in ("base", "large") for backend in ("fixed", "float")},
      "products": products,
      "counts": counts,
      "roofline": roofline,
      "micro": lambda: micro_tables(options.build / "bench/micro_bench"),
      "state": lambda: state_values(tacet),
      "memory": lambda: {"short_mb": f"{peak_mb(tacet, 8):.1f}",
                         "long_mb": f"{peak_mb(tacet, 600):.1f}"},
      "peers": lambda: {"peers": run(*peers).strip(),
                        "rounds": options.rounds},
  }


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument("build", type=pathlib.Path)
  parser.add_argument("section", nargs="*")
  parser.add_argument("--rounds", default="7")
  parser.add_argument("--rnnoise")
  parser.add_argument("--onnx")
  options = parser.parse_intermixed_args()
  known = sections(options)
  for name in options.section:
    if name not in known:
      parser.error(f"no section {name}; there are {' '.join(known)}")
  folder = options.build / "performance"
  folder.mkdir(exist_ok=True)
  for name in options.section or known:
    measured = measured_at()  # before: a commit may come in between
    (folder / f"{name}.json").write_text(
        json.dumps({**known[name](), **measured}), encoding="utf-8")
  values = {}
  missing = []
  for name in known:
    path = folder / f"{name}.json"
    if path.exists():
      figures = json.loads(path.read_text(encoding="utf-8"))
      if "commit" not in figures:
        parser.error(f"{path} names no commit: measure {name} anew")
      values[f"{name}_measured"] = (f"Measured on {figures.pop('date')}, commit "
                                    f"{figures.pop('commit')}.")
      values.update(figures)
    else:
      missing.append(name)
  if missing:
    print("no page yet; not measured:", *missing)
    return
  quality = (SOURCE / "docs/quality.md").read_text(encoding="utf-8")
  values["default_size"] = performance_claims.default_size(
      quality, values["stages"])
  weights = json.loads(run(options.build / "bench/product_bench", "weights"))
  values["dense_bound"] = performance_claims.dense_table(
      values["products"],
      {name: float(values[name]) for name in (
          "l1_gb_s", "l2_gb_s", "l3_gb_s", "float_gmac_s", "w8a16_gmac_s")},
      {int(k): n for k, n in weights.items()})
  values["break_even"] = performance_plots.break_even_table(values["products"])
  performance_plots.plot_products(values["products"], SOURCE / PRODUCTS_PLOT)
  performance_plots.plot_streams(values["streams"], SOURCE / STREAMS_PLOT)
  text = string.Template(TEMPLATE.read_text(encoding="utf-8")).substitute(values)
  (SOURCE / "docs/performance.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
  main()
