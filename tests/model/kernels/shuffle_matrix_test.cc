// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/shuffle_matrix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/model/kernels/random_matrix.h"

namespace tacet {
namespace {

const std::vector<std::pair<int, int>> kShapes = {
    {1, 1}, {7, 15}, {8, 16}, {33, 17}, {70, 300}, {257, 192}, {40, 1500}};

TEST(ShuffleMatrix, HoldsEveryWeightOnceAtItsRowAndColumn) {
  uint32_t seed = 0;
  for (const auto& [num_rows, num_columns] : kShapes) {
    const RandomMatrix m(num_rows, num_columns, ++seed);
    const ShuffleMatrix shuffled(m.matrix);
    RandomMatrix::Entries found;
    size_t num_weights = 0;
    for (const ShuffleMatrix::Block& block : shuffled.blocks) {
      const ShuffleMatrix::Step* step = block.steps.data();
      const uint16_t* window = block.windows.data();
      for (int b = 0; b < shuffled.num_bands; ++b) {
        for (int s = 0; s < block.num_steps[b]; ++s, ++window) {
          for (int v = 0; v < shuffled.vectors_of(b); ++v, ++step) {
            for (int i = 0; i < 32; ++i) {
              if (step->weights[i] == 0) continue;
              const int row = b * ShuffleMatrix::kBandRows + 8 * v + i / 4;
              const int column =
                  block.first_column + *window + step->columns[i];
              found[{row, column}] = step->weights[i];
              ++num_weights;
            }
          }
        }
      }
      EXPECT_EQ(step, block.steps.data() + block.steps.size());
      EXPECT_EQ(window, block.windows.data() + block.windows.size());
    }
    EXPECT_EQ(found, m.entries) << num_rows << " x " << num_columns;
    EXPECT_EQ(num_weights, m.entries.size());
  }
}

TEST(ShuffleMatrix, NoPairOfProductsLeaves16Bits) {
  const RandomMatrix m(70, 300, 1);
  const ShuffleMatrix shuffled(m.matrix);
  for (const ShuffleMatrix::Block& block : shuffled.blocks) {
    for (const ShuffleMatrix::Step& step : block.steps) {
      for (int i = 0; i < 32; i += 2) {
        const int a = step.weights[i], b = step.weights[i + 1];
        EXPECT_LE(255 * (std::max(a, 0) + std::max(b, 0)), 32767);
        EXPECT_GE(255 * (std::min(a, 0) + std::min(b, 0)), -32768);
      }
    }
  }
}

TEST(ShuffleMatrix, LooksUpInsideTheWindowAndStartsInsideTheBlock) {
  const RandomMatrix m(40, 1500, 2);
  const ShuffleMatrix shuffled(m.matrix);
  ASSERT_EQ(shuffled.blocks.size(), 2u);
  for (const ShuffleMatrix::Block& block : shuffled.blocks) {
    for (const uint16_t window : block.windows) {
      EXPECT_LT(window, block.num_columns);
    }
    for (const ShuffleMatrix::Step& step : block.steps) {
      for (const uint8_t column : step.columns) EXPECT_LT(column, 16);
    }
  }
}

TEST(ShuffleMatrix, CorrectsTheUpperBytesOfEachRow) {
  const RandomMatrix m(33, 17, 3);
  const ShuffleMatrix shuffled(m.matrix);
  ASSERT_EQ(shuffled.blocks.size(), 1u);
  std::vector<int32_t> expected(5 * 8);
  for (const auto& [at, weight] : m.entries) {
    expected[at.first] -= 128 * 256 * weight;
  }
  EXPECT_EQ(shuffled.blocks[0].correction, expected);
}

}  // namespace
}  // namespace tacet
