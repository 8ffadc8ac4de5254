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

class SlicedMatrixTest : public ::testing::TestWithParam<int> {};

TEST_P(SlicedMatrixTest, HoldsEveryWeightAtItsRowAndColumn) {
  const int reach = GetParam(), block_columns = 2 * reach;
  const Staircase s;
  const SlicedMatrix sliced(s.matrix, block_columns, reach);
  const int num_blocks =
      (s.matrix.num_columns + block_columns - 1) / block_columns;
  ASSERT_EQ(sliced.blocks.size(), static_cast<size_t>(num_blocks));
  ASSERT_TRUE(sliced.last_column.empty());
  std::map<std::pair<int, int>, int> found;
  for (const SlicedMatrix::Block& block : sliced.blocks) {
    const SlicedMatrix::Step* step = block.steps.data();
    std::vector<std::vector<std::pair<int, int>>> sorted(
        sliced.num_windows * SlicedMatrix::kWindowRows);
    const size_t reaches = block.far > 0 ? 2 : 1;
    for (size_t part = 0; part < block.num_steps.size(); ++part) {
      const size_t slice = part / reaches;
      const int origin =
          block.first_column + (part % reaches == 1 ? block.far : 0);
      for (int n = 0; n < block.num_steps[part]; ++n, ++step) {
        for (int i = 0; i < 64; ++i) {
          if (step->weights[i] == 0) continue;
          ASSERT_LT(step->columns[i], reach);
          sorted[slice * 16 + i / 4].emplace_back(origin + step->columns[i],
                                                  step->weights[i]);
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

INSTANTIATE_TEST_SUITE_P(Reaches, SlicedMatrixTest,
                         ::testing::Values(SlicedMatrix::kBytes,
                                           SlicedMatrix::kWords));

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

// Rows with the same number of entries, some of them all near and some all far:
// what both reaches hold lets them share their steps.
TEST(SlicedMatrix, SharesTheColumnsThatBothReach) {
  std::vector<int8_t> values;
  std::vector<uint16_t> columns;
  std::vector<uint32_t> rows = {0};
  for (int r = 0; r < 64; ++r) {
    for (int c = 0; c < 8; ++c) {  // 4 at one end, 4 in the middle
      const int from = r % 2 == 0 ? (c < 4 ? 0 : 80) : (c < 4 ? 90 : 180);
      values.push_back(1);
      columns.push_back(static_cast<uint16_t>(from + c));
    }
    rows.push_back(static_cast<uint32_t>(values.size()));
  }
  const FixedMatrix matrix = {64, 192, values, columns, rows};
  EXPECT_DOUBLE_EQ(SlicedMatrix(matrix, 256).Efficiency(matrix), 1.0);
}

TEST(SlicedMatrix, HoldsALastColumnByItself) {
  const std::vector<int8_t> values = {1, 2, 3};
  const std::vector<uint16_t> columns = {0, 256, 256};
  const std::vector<uint32_t> rows = {0, 2, 2, 3};
  const FixedMatrix matrix = {3, 257, values, columns, rows};
  const SlicedMatrix sliced(matrix, 256);
  ASSERT_EQ(sliced.blocks.size(), 1u);
  EXPECT_EQ(sliced.num_steps(), 1u);
  ASSERT_EQ(sliced.last_column.size(), 64u);
  EXPECT_EQ(sliced.last_column[0], 2);
  EXPECT_EQ(sliced.last_column[1], 0);
  EXPECT_EQ(sliced.last_column[2], 3);
}

}  // namespace
}  // namespace tacet
