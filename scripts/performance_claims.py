# SPDX-License-Identifier: Apache-2.0
"""Statements of docs/performance.md that follow from its tables and from those of
docs/quality.md, so that no figure in them is written by hand."""

import re

from performance_plots import rows_of

CACHES = ((32 << 10, "l1_gb_s", "L1"), (1 << 20, "l2_gb_s", "L2"),
          (1 << 40, "l3_gb_s", "L3"))
# Bytes of a weight and what multiplies it, by the name of a dense kernel that
# uses the instructions of which `peak` tells.
DENSE = {"W8A16 dense avx512-vnni": (1, "w8a16_gmac_s"),
         "float dense avx512": (4, "float_gmac_s")}


def bound_us(num_weights, bytes_a_weight, peak, products):
  """The least time of so many products: what it takes to read each weight once
  from the least cache that holds them all, and to multiply; and that cache.

  peak      what bench/roofline_bench prints
  products  which of it multiplies
  """
  size = bytes_a_weight * num_weights
  speed, name = next((s, n) for most, s, n in CACHES if size <= most)
  return 1e-3 * size / peak[speed], 1e-3 * num_weights / peak[products], name


def dense_table(products, peak, num_weights):
  """The dense kernels beside the bound of their own products.

  products     the table of bench/product_bench
  num_weights  of a network without zeros, by its width
  """
  lines = ["| dense kernel | width k | bytes | from | us to read | us to multiply | "
           "products, us | share of the bound |",
           "|---|---:|---:|---|---:|---:|---:|---:|"]
  rows = [r for r in rows_of(products) if r["sparsity"] == 90.0]
  for kernel, (size, multiply) in DENSE.items():
    for row in rows:
      n = num_weights[int(row["width k"])]
      read, product, cache = bound_us(n, size, peak, multiply)
      lines.append(
          f"| {kernel} | {row['width k']:.0f} | {size * n} | {cache} | {read:.2f} "
          f"| {product:.2f} | {row[kernel]:.2f} | "
          f"{100 * max(read, product) / row[kernel]:.0f} % |")
  return "\n".join(lines)


def default_size(quality, stages):
  """Why `large` is the default.

  quality  docs/quality.md
  stages   the table of hops
  """
  table = re.search(r"## Means\n\n((?:\|.*\n)+)", quality)[1]
  means = {r["denoiser"].strip("*"): r for r in rows_of(table)}
  hops = {r["model, backend, rate"]: r["hop: p50"] for r in rows_of(stages)}

  def mean(model, measure):
    # With its interval, which is no number.
    return str(means[f"tacet-{model}"][measure]).split(" ")[0]

  def hop(model):
    return next(t for name, t in hops.items() if re.fullmatch(
        rf"{model}, fixed \(.*\), 16 kHz", name))
  return (
      f"`large` is the default: on the mixtures of docs/quality.md it has "
      f"{mean('large', 'SI-SNRi dB')} dB SI-SNRi, PESQ {mean('large', 'PESQ-WB')} "
      f"and ESTOI {mean('large', 'ESTOI')}, `base` "
      f"{mean('base', 'SI-SNRi dB')} dB, {mean('base', 'PESQ-WB')} and "
      f"{mean('base', 'ESTOI')}; and live, at 16 kHz and in fixed point, it takes "
      f"{hop('large'):.2f} us of each 8 ms, {100 * hop('large') / 8000:.2f} % of a "
      f"core, `base` {hop('base'):.2f}: what it costs more does not matter to one "
      f"who listens. `base` is for many streams at once, `base-low-latency` for "
      f"calls with half the delay.")
