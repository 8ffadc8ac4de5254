#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a small random model file (docs/model-format.md) for tests.

The network means nothing, but it loads, runs and gives a mask that depends on
its input. The same seed gives the same file.
"""

import hashlib
import json
import math
import random
import struct
import sys

BINS = 257


def make_model(path, hidden=16, states=8, layers=2, density=0.2, seed=1,
               window="sqrt-hann", name="random"):
  rng = random.Random(seed)
  f32, u32, u16 = [], [], []  # (name, shape, bytes)

  def vector(name, size, draw):
    values = [draw() for _ in range(size)]
    f32.append((name, [size], struct.pack(f"<{size}f", *values)))

  def matrix(name, rows, columns):
    scale = 1 / math.sqrt(density * columns)
    values, indices, starts = [], [], [0]
    for _ in range(rows):
      for column in range(columns):
        if rng.random() < density:
          values.append(rng.gauss(0, scale))
          indices.append(column)
      starts.append(len(values))
    count = len(values)
    f32.append((name + ".values", [count], struct.pack(f"<{count}f", *values)))
    u32.append((name + ".rows", [rows + 1],
                struct.pack(f"<{rows + 1}I", *starts)))
    u16.append((name + ".columns", [count],
                struct.pack(f"<{count}H", *indices)))

  small = lambda: rng.gauss(0, 0.1)
  matrix("encoder.weight", hidden, BINS)
  vector("encoder.bias", hidden, small)
  for i in range(layers):
    p = f"layers.{i}."
    vector(p + "a_re", states, lambda: rng.uniform(0.3, 0.7))
    vector(p + "a_im", states, lambda: rng.uniform(-0.6, 0.6))
    vector(p + "scale_re", states, lambda: 0.3)
    vector(p + "scale_im", states, small)
    for part in ("re", "im"):
      matrix(p + "b_" + part, states, hidden)
      vector(p + "b_bias_" + part, states, small)
      matrix(p + "c_" + part, hidden, states)
    vector(p + "d", hidden, small)
    vector(p + "y_bias", hidden, small)
    matrix(p + "gate.weight", hidden, hidden)
    vector(p + "gate.bias", hidden, small)
  matrix("decoder.weight", BINS, hidden)
  vector("decoder.bias", BINS, small)

  header, data = {}, b""
  for dtype, tensors in (("F32", f32), ("U32", u32), ("U16", u16)):
    for tensor, shape, blob in tensors:
      header[tensor] = {"dtype": dtype, "shape": shape,
                        "data_offsets": [len(data), len(data) + len(blob)]}
      data += blob
  header["__metadata__"] = {
      "format": "tacet-model", "version": "1", "name": name,
      "sha256": hashlib.sha256(data).hexdigest(),
      "sample_rate": "16000", "window_size": "512", "hop_size": "128",
      "window": window, "num_bins": str(BINS), "hidden": str(hidden),
      "states": str(states), "layers": str(layers),
      "feature": "level-normalised", "feature_power": "0.3",
      "feature_time_s": "1", "feature_floor": "0.001",
      "mask": "sigmoid", "activation": "relu", "state_activation": "gate_re",
      "provenance": json.dumps({"random seed": seed}),
  }
  text = json.dumps(header).encode()
  text += b" " * (-len(text) % 8)
  with open(path, "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
  make_model(sys.argv[1])
