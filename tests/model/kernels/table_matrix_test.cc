// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/table_matrix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/model/kernels/random_matrix.h"

namespace tacet {
namespace {

const std::vector<std::pair<int, int>> kShapes = {
    {1, 1}, {7, 31}, {8, 32}, {33, 33}, {70, 300}, {257, 192}};

TEST(TableMatrix, HoldsEveryWeightOnceAtItsRowAndColumn) {
  constexpr int kStep = TableMatrix::kStepSize;
  uint32_t seed = 0;
  for (const auto& [num_rows, num_columns] : kShapes) {
    const RandomMatrix m(num_rows, num_columns, ++seed);
    const TableMatrix tabled(m.matrix);
    RandomMatrix::Entries found;
    size_t num_weights = 0, at = 0;
    const uint16_t* window = tabled.windows.data();
    for (int b = 0; b < tabled.num_bands; ++b) {
      for (int s = 0; s < tabled.num_steps[b]; ++s, ++window) {
        for (int i = 0; i < kStep * tabled.vectors_of(b); ++i, ++at) {
          const int row = b * TableMatrix::kBandRows + 8 * (i / kStep) + i % 8;
          EXPECT_EQ(tabled.bytes[2 * at] % 2, 0);
          if (tabled.weights[at] == 0) continue;
          EXPECT_EQ(tabled.bytes[2 * at + 1], tabled.bytes[2 * at] + 1);
          found[{row, *window + tabled.bytes[2 * at] / 2}] = tabled.weights[at];
          ++num_weights;
        }
      }
    }
    EXPECT_EQ(window, tabled.windows.data() + tabled.windows.size());
    EXPECT_EQ(at, tabled.weights.size());
    EXPECT_EQ(tabled.bytes.size(), 2 * at);
    EXPECT_EQ(found, m.entries) << num_rows << " x " << num_columns;
    EXPECT_EQ(num_weights, m.entries.size());
  }
}

TEST(TableMatrix, WindowsStayInsideTheColumns) {
  for (const auto& [num_rows, num_columns] : kShapes) {
    const RandomMatrix m(num_rows, num_columns, 9);
    const TableMatrix tabled(m.matrix);
    for (const uint16_t window : tabled.windows) {
      EXPECT_LE(window, std::max(num_columns - TableMatrix::kWindowColumns, 0));
    }
    for (const uint8_t byte : tabled.bytes) {
      EXPECT_LT(byte, 2 * TableMatrix::kWindowColumns);
    }
  }
}

}  // namespace
}  // namespace tacet
