#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Processor time of Tacet beside other denoisers, as a Markdown table.

    bench_peers.py TACET PEER_BENCH [--rounds N] [--rnnoise MODEL.rnnn]

All take turns, several rounds, on the same speech; what counts is processor
time in microseconds for 8 ms of mono audio. Other programs on the machine slow
all down alike, so read the ratios.
"""

import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import tempfile

HOP_S = 0.008
SAMPLE = pathlib.Path(__file__).resolve().parent.parent / "docs/sample/noisy.flac"
SECONDS = 64  # of audio a round
FIXED = ("avx512-vbmi-vnni", "avx2", "neon", "columns", "scalar")
FLOAT = ("avx512", "columns", "scalar")


def convert(path, rate):
  subprocess.run(["ffmpeg", "-v", "error", "-y", "-stream_loop", "7", "-i",
                  SAMPLE, "-t", str(SECONDS), "-ar", str(rate), "-ac", "1",
                  path], check=True)


def child_seconds(*command):
  before = resource.getrusage(resource.RUSAGE_CHILDREN)
  subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
  after = resource.getrusage(resource.RUSAGE_CHILDREN)
  return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def tacet(program, backend, kernels, rate):
  run = subprocess.run(
      [program, "bench", "--json", "--model", "base", "--seconds", "20", "--backend", backend,
       "--kernels", kernels, "--rate", str(rate)],
      capture_output=True, text=True, check=False)
  if run.returncode != 0:
    return None  # this processor has no such kernels
  return json.loads(run.stdout)["cpu_us_per_hop"]


def classical(program, file, name):
  run = subprocess.run([program, file, name, "1"], capture_output=True,
                       text=True, check=False)
  return float(run.stdout) * HOP_S if run.returncode == 0 else None


def ffmpeg(file, audio_filter):
  def seconds(f):
    return child_seconds("ffmpeg", "-v", "error", "-threads", "1", "-i", file,
                         "-af", f, "-f", "null", "-")
  return 1e6 * (seconds(audio_filter) - seconds("anull")) * HOP_S / SECONDS


def contestants(options, speech16, speech48):
  found = {}
  for rate in (16000, 48000):
    for backend, names in (("fixed", FIXED), ("float", FLOAT)):
      for kernels in names:
        found[f"Tacet {backend}, {kernels}, {rate // 1000} kHz"] = (
            lambda b=backend, k=kernels, r=rate: tacet(options.tacet, b, k, r))
  for name in ("speexdsp", "webrtc"):
    found[f"{name}, 16 kHz"] = (
        lambda n=name: classical(options.peer_bench, speech16, n))
  found["ffmpeg afftdn, 16 kHz"] = lambda: ffmpeg(speech16, "afftdn")
  if options.rnnoise:
    found["RNNoise (ffmpeg arnndn), 48 kHz"] = (
        lambda: ffmpeg(speech48, f"arnndn=m={options.rnnoise}"))
  return found


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument("tacet")
  parser.add_argument("peer_bench")
  parser.add_argument("--rounds", type=int, default=7)
  parser.add_argument("--rnnoise")
  options = parser.parse_args()
  with tempfile.TemporaryDirectory() as folder:
    speech = [pathlib.Path(folder, f"{rate}.wav") for rate in (16000, 48000)]
    convert(speech[0], 16000)
    convert(speech[1], 48000)
    runs = contestants(options, *map(str, speech))
    times = {name: [] for name in runs}
    for _ in range(options.rounds):
      for name, run in list(runs.items()):
        time = run()
        if time is None:
          del runs[name], times[name]
        else:
          times[name].append(time)
  reference = statistics.median(times.get("speexdsp, 16 kHz", [float("nan")]))
  print("| | median, us a hop | least | real-time factor | of speexdsp |")
  print("|---|---:|---:|---:|---:|")
  for name, values in times.items():
    median = statistics.median(values)
    print(f"| {name} | {median:.2f} | {min(values):.2f} | "
          f"{1e-6 * median / HOP_S:.5f} | {median / reference:.2f} |")


if __name__ == "__main__":
  main()
