#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What docs/performance.md claims from figures (scripts/performance_claims.py)."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import performance_claims as claims

PEAK = {"l1_gb_s": 400.0, "l2_gb_s": 200.0, "l3_gb_s": 100.0,
        "float_gmac_s": 50.0, "w8a16_gmac_s": 100.0}
PRODUCTS = """| width k | sparsity | W8A16 dense avx512-vnni | float dense avx512 |
|---|---|---:|---:|
| 1 | 0 % | 99.00 | 99.00 |
| 1 | 90 % | 10.00 | 40.00 |
| 2 | 90 % | 80.00 | 400.00 |"""
QUALITY = """# Quality

## Means

| denoiser | SI-SNRi dB | PESQ-WB | ESTOI |
| --- | ---: | ---: | ---: |
| tacet-base | 6.33 (5.42..7.25) | 1.731 (1.608..1.864) | 0.706 (0.6..0.7) |
| **tacet-large** | 6.69 (5.68..7.74) | 1.829 (1.700..1.963) | 0.712 (0.6..0.7) |

## Paired differences
"""
STAGES = """| model, backend, rate | hop: p50 | p90 |
|---|---:|---:|
| base, fixed (avx2), 16 kHz | 4.00 | 5.00 |
| base, fixed (avx2), 48 kHz | 6.00 | 5.00 |
| large, fixed (avx2), 16 kHz | 8.00 | 9.00 |
| large, float (avx2), 16 kHz | 16.00 | 19.00 |"""


class Claims(unittest.TestCase):

  def test_a_bound_is_of_the_least_cache_that_holds_the_weights(self):
    for size, cache, read in ((32 << 10, "L1", 400), ((32 << 10) + 1, "L2", 200),
                              (1 << 20, "L2", 200), ((1 << 20) + 1, "L3", 100)):
      found = claims.bound_us(size, 1, PEAK, "w8a16_gmac_s")
      self.assertAlmostEqual(found[0], 1e-3 * size / read)
      self.assertAlmostEqual(found[1], 1e-3 * size / 100)
      self.assertEqual(found[2], cache)

  def test_dense_kernels_have_the_share_of_the_longer_bound(self):
    lines = claims.dense_table(PRODUCTS, PEAK, {1: 500000, 2: 2000000})
    self.assertEqual(lines.splitlines()[2:], [
        # 5 us to multiply 500000 at 100 a ns, of 10; from L2 2.5 to read.
        "| W8A16 dense avx512-vnni | 1 | 500000 | L2 | 2.50 | 5.00 | 10.00 | 50 % |",
        "| W8A16 dense avx512-vnni | 2 | 2000000 | L3 | 20.00 | 20.00 | 80.00 | "
        "25 % |",
        "| float dense avx512 | 1 | 2000000 | L3 | 20.00 | 10.00 | 40.00 | 50 % |",
        "| float dense avx512 | 2 | 8000000 | L3 | 80.00 | 40.00 | 400.00 | 20 % |",
    ])

  def test_the_default_is_argued_with_the_figures_of_both_tables(self):
    text = claims.default_size(QUALITY, STAGES)
    for figure in ("6.69 dB", "PESQ 1.829", "ESTOI 0.712", "6.33 dB, 1.731",
                   "8.00 us of each 8 ms, 0.10 %", "`base` 4.00"):
      self.assertIn(figure, text)

  def test_the_page_of_quality_still_has_those_figures(self):
    quality = pathlib.Path(__file__).resolve().parents[2] / "docs/quality.md"
    self.assertIn("dB SI-SNRi", claims.default_size(
        quality.read_text(encoding="utf-8"), STAGES))


if __name__ == "__main__":
  unittest.main()
