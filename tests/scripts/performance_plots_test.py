#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What docs/performance.md derives from its tables (scripts/performance_plots.py)."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import performance_plots as plots

# At k = 1 the first kernels break even half-way from 50 to 75 %, at k = 2 they
# lose all along; the second ones win all along, but for a tie.
TABLE = """| width k | sparsity | W8A16 avx2 | float avx2 | W8A16 columns | W8A16 dense avx512 | W8A16 dense avx2 | float dense OpenBLAS sgemv |
|---|---|---:|---:|---:|---:|---:|---:|
| 1 | 0 % | 9.00 | 4.00 | 9.00 | 1.00 | 6.00 | 4.00 |
| 1 | 50 % | 7.00 | 3.00 | 9.00 | 1.00 | 6.00 | 4.00 |
| 1 | 75 % | 5.00 | 2.00 | 9.00 | 1.00 | 6.00 | 4.00 |
| 2 | 0 % | 9.00 | 4.00 | 9.00 | 1.00 | 6.00 | 5.00 |
| 2 | 50 % | 8.00 | 4.00 | 9.00 | 1.00 | 6.00 | 5.00 |
| 4 | 90 % | 9.00 | 4.00 | 9.00 | 1.00 | 6.00 | 5.00 |"""


class BreakEven(unittest.TestCase):

  def test_it_lies_where_the_lines_cross(self):
    rows = plots.of_width(plots.rows_of(TABLE), 1)
    self.assertEqual(plots.break_even("W8A16 avx2", rows), "62 %")

  def test_it_is_said_where_they_do_not(self):
    rows = plots.of_width(plots.rows_of(TABLE), 2)
    self.assertEqual(plots.break_even("W8A16 avx2", rows), "none up to 50 %")
    self.assertEqual(plots.break_even("float avx2", rows), "below 0 %")

  def test_dense_rivals_have_the_instruction_set_if_there_are_any(self):
    row = plots.rows_of(TABLE)[0]
    self.assertEqual(plots.rivals("W8A16 avx2", row), ["W8A16 dense avx2"])
    self.assertEqual(plots.rivals("float avx2", row),
                     ["float dense OpenBLAS sgemv"])

  def test_the_table_has_vector_kernels_and_widths_with_several_sparsities(self):
    lines = plots.break_even_table(TABLE).splitlines()
    self.assertEqual(lines[0], "| sparse kernels | dense ones | k = 1 | k = 2 |")
    self.assertEqual([line.split(" | ")[0] for line in lines[2:]],
                     ["| W8A16 avx2", "| float avx2"])


if __name__ == "__main__":
  unittest.main()
