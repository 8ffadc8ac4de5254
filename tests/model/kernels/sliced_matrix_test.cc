// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/sliced_matrix.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace tacet {
namespace {

// 70 x 300: row r holds the weights r % 5 + 1 times, from column 3 r on.
struct Staircase {
  Staircase() {
    rows.push_back(0);
    for (int r = 0; r < 70; ++r) {
      for (int i = 0; i <= r % 5; ++i) {
        values.push_back(static_cast<int8_t>(r - 35));
        columns.push_back(static_cast<uint16_t>(3 * r + i));
      }
      rows.push_back(static_cast<uint32_t>(values.size()));
    }
    matrix = {70, 300, values, columns, rows};
  }
  std::vector<int8_t> values;
  std::vector<uint16_t> columns;
  std::vector<uint32_t> rows;
  FixedMatrix matrix;
};

TEST(SlicedMatrix, HoldsEveryWeightAtItsRowAndColumn) {
  const Staircase s;
  const SlicedMatrix sliced(s.matrix, 256);
  ASSERT_EQ(sliced.blocks.size(), 2u);
  std::map<std::pair<int, int>, int> found;
  for (const SlicedMatrix::Block& block : sliced.blocks) {
    const SlicedMatrix::Step* step = block.steps.data();
    std::vector<std::vector<std::pair<int, int>>> sorted(
        sliced.num_windows * SlicedMatrix::kWindowRows);
    for (size_t slice = 0; slice < block.num_steps.size(); ++slice) {
      for (int n = 0; n < block.num_steps[slice]; ++n, ++step) {
        for (int i = 0; i < 64; ++i) {
          if (step->weights[i] == 0) continue;
          sorted[slice * 16 + i / 4].emplace_back(
              block.first_column + step->columns[i], step->weights[i]);
        }
      }
    }
    EXPECT_EQ(step, block.steps.data() + block.steps.size());
    for (int r = 0; r < 70; ++r) {
      const uint32_t at = r / 64 * 64 + block.position[r];
      for (const auto& [column, weight] : sorted[at]) {
        found[{r, column}] = weight;
      }
    }
  }
  std::map<std::pair<int, int>, int> expected;
  for (int r = 0; r < 70; ++r) {
    for (size_t i = s.rows[r]; i < s.rows[r + 1]; ++i) {
      if (s.values[i] != 0) expected[{r, s.columns[i]}] = s.values[i];
    }
  }
  EXPECT_EQ(found, expected);
}

TEST(SlicedMatrix, SortsRowsSoThatLittleIsFilling) {
  std::vector<int8_t> values;
  std::vector<uint16_t> columns;
  std::vector<uint32_t> rows = {0};
  for (int r = 0; r < 64; ++r) {  // long and short rows in turn
    for (int c = 0; c < (r % 2 ? 40 : 4); ++c) {
      values.push_back(1);
      columns.push_back(static_cast<uint16_t>(c));
    }
    rows.push_back(static_cast<uint32_t>(values.size()));
  }
  const FixedMatrix matrix = {64, 64, values, columns, rows};
  const SlicedMatrix sliced(matrix, 256);
  EXPECT_DOUBLE_EQ(sliced.Efficiency(matrix), 1.0);
}

}  // namespace
}  // namespace tacet
