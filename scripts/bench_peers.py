#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Processor time of Tacet beside other denoisers, as a Markdown table.

    bench_peers.py TACET PEER_BENCH [--rounds N] [--rnnoise MODEL.rnnn]
                   [--onnx FOLDER]

All take turns, several rounds, on the same speech; what counts is processor
time in microseconds for 8 ms of mono audio. Other programs on the machine slow
all down alike, so read the ratios. Tacet takes part with every model that ships,
on the kernels of each instruction set; `base` with those without vectors too.

FOLDER holds what is not in Debian: models/dtln_1.onnx, dtln_2.onnx and
gtcrn_simple.onnx, and peers/ort_denoise.js, which runs them frame by frame on
one thread of ONNX Runtime: `node ort_denoise.js KIND MODEL... IN OUT`, with
NODE_PATH naming a folder that has onnxruntime-node. Their time is the difference between
a long file and a short one, so that starting does not count.
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
ONNX_SECONDS, ONNX_SHORT_SECONDS = 24, 4
MODELS = ("tiny", "base", "base-low-latency", "large")
FIXED = ("avx512-vbmi-vnni", "avx512", "avx2", "neon", "columns", "scalar")
FLOAT = ("avx512-vbmi", "avx2", "neon", "columns", "scalar")


def convert(path, rate, seconds=SECONDS):
  subprocess.run(["ffmpeg", "-v", "error", "-y", "-stream_loop", "7", "-i",
                  SAMPLE, "-t", str(seconds), "-ar", str(rate), "-ac", "1",
                  path], check=True)


def child_seconds(*command):
  before = resource.getrusage(resource.RUSAGE_CHILDREN)
  subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
  after = resource.getrusage(resource.RUSAGE_CHILDREN)
  return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def tacet(program, model, backend, kernels, rate):
  run = subprocess.run(
      [program, "bench", "--json", "--model", model, "--seconds", "20",
       "--backend", backend, "--kernels", kernels, "--rate", str(rate)],
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


def onnx(folder, kind, models, speech, short):
  def seconds(file):
    with tempfile.NamedTemporaryFile(suffix=".wav") as out:
      return child_seconds("node", folder / "peers/ort_denoise.js", kind,
                           *(folder / "models" / m for m in models), file,
                           out.name)
  return (1e6 * (seconds(speech) - seconds(short)) * HOP_S
          / (ONNX_SECONDS - ONNX_SHORT_SECONDS))


def contestants(options, speech16, speech48, onnx16):
  found = {}
  for model in MODELS:
    for rate in (16000, 48000):
      for backend, names in (("fixed", FIXED), ("float", FLOAT)):
        for kernels in names if model == "base" else names[:-2]:
          found[f"Tacet {model}, {backend}, {kernels}, {rate // 1000} kHz"] = (
              lambda m=model, b=backend, k=kernels, r=rate: tacet(
                  options.tacet, m, b, k, r))
  for name in ("speexdsp", "webrtc"):
    found[f"{name}, 16 kHz"] = (
        lambda n=name: classical(options.peer_bench, speech16, n))
  found["ffmpeg afftdn, 16 kHz"] = lambda: ffmpeg(speech16, "afftdn")
  if options.rnnoise:
    found["RNNoise (ffmpeg arnndn), 48 kHz"] = (
        lambda: ffmpeg(speech48, f"arnndn=m={options.rnnoise}"))
  if options.onnx:
    for name, kind, models in (
        ("DTLN", "dtln", ("dtln_1.onnx", "dtln_2.onnx")),
        ("GTCRN", "gtcrn", ("gtcrn_simple.onnx",))):
      found[f"{name} (ONNX Runtime), 16 kHz"] = (
          lambda k=kind, m=models: onnx(options.onnx, k, m, *onnx16))
  return found


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument("tacet")
  parser.add_argument("peer_bench")
  parser.add_argument("--rounds", type=int, default=7)
  parser.add_argument("--rnnoise")
  parser.add_argument("--onnx", type=pathlib.Path)
  options = parser.parse_args()
  with tempfile.TemporaryDirectory() as folder:
    speech = [pathlib.Path(folder, f"{rate}.wav") for rate in (16000, 48000)]
    convert(speech[0], 16000)
    convert(speech[1], 48000)
    onnx16 = [pathlib.Path(folder, name) for name in ("long.wav", "short.wav")]
    convert(onnx16[0], 16000, ONNX_SECONDS)
    convert(onnx16[1], 16000, ONNX_SHORT_SECONDS)
    runs = contestants(options, *map(str, speech), onnx16)
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
