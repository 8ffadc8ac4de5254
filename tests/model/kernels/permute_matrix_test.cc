// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/permute_matrix.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "tests/model/kernels/random_csr.h"

namespace tacet {
namespace {

using Weights = std::map<std::pair<int, int>, float>;  // by row and column

Weights WeightsOf(const CsrMatrix& m) {
  Weights weights;
  for (int r = 0; r < m.num_rows; ++r) {
    for (uint32_t i = m.rows[r]; i < m.rows[r + 1]; ++i) {
      weights[{r, m.columns[i]}] = m.values[i];
    }
  }
  return weights;
}

// The column of a place in a window, as the kernel's lines have it.
int ColumnAt(int window, int place) {
  return window / PermuteMatrix::kLineFloats * PermuteMatrix::kWindowColumns +
         window % PermuteMatrix::kLineFloats + place;
}

// What the steps of a block hold, as the kernel reads them.
void Read(const PermuteMatrix::Block& block, int num_rows, Weights* found) {
  Weights sorted;
  size_t step = 0, chunk = 0;
  for (size_t v = 0; v < block.num_steps.size(); ++v) {
    for (int n = 0; n < block.num_steps[v]; ++n, ++step) {
      if (n > 0 && n % PermuteMatrix::kChunkSteps == 0) ++chunk;
      for (int i = 0; i < PermuteMatrix::kVectorRows; ++i) {
        const float weight = block.weights[step].of[i];
        if (weight == 0) continue;
        const int place =
            block.places[chunk].of[i] >>
                (n % PermuteMatrix::kChunkSteps * PermuteMatrix::kPlaceBits) &
            7;
        sorted[{static_cast<int>(v) * PermuteMatrix::kVectorRows + i,
                block.first_column + ColumnAt(block.windows[step], place)}] +=
            weight;
      }
    }
    if (block.num_steps[v] > 0) ++chunk;
  }
  EXPECT_EQ(step, block.weights.size());
  EXPECT_EQ(step, block.windows.size());
  EXPECT_EQ(chunk, block.places.size());
  std::map<int, int> row_of;  // by sorted row
  for (int r = 0; r < num_rows; ++r) {
    row_of[r / PermuteMatrix::kSortedRows * PermuteMatrix::kSortedRows +
           block.position[r]] = r;
  }
  for (const auto& [at, weight] : sorted) {
    (*found)[{row_of.at(at.first), at.second}] += weight;
  }
}

TEST(PermuteMatrix, HoldsEveryWeightOnceAtItsRowAndColumn) {
  for (const int num_rows : {1, 32, 70, 1100}) {
    for (const int num_columns : {1, 7, 129, 384, 1100}) {
      for (const double density : {0.02, 0.1, 0.5}) {
        if (num_rows * num_columns * density > 1e5) continue;  // it takes long
        const RandomCsr s(num_rows, num_columns, density, 1);
        Weights found;
        for (const auto& block : PermuteMatrix(s.matrix).blocks) {
          Read(block, num_rows, &found);
        }
        EXPECT_EQ(found, WeightsOf(s.matrix)) << num_rows << " " << num_columns;
      }
    }
  }
}

// The kernel copies a block's columns, rounded up to 8, into lines of 16 floats
// and reads 8 from a window's begin.
TEST(PermuteMatrix, StaysInsideItsBlockAndInsideALine) {
  for (const int num_columns : {1, 8, 9, 127, 128, 1024, 2000}) {
    const RandomCsr s(40, num_columns, 0.3, 2);
    for (const auto& block : PermuteMatrix(s.matrix).blocks) {
      EXPECT_LE(block.num_columns, PermuteMatrix::kMaxBlockColumns);
      for (const uint16_t window : block.windows) {
        EXPECT_LT(ColumnAt(window, 0), block.num_columns);
        EXPECT_LT(window % PermuteMatrix::kLineFloats,
                  PermuteMatrix::kWindowColumns);
      }
    }
  }
}

// With 90 % of the weights 0, at random places, and rows between empty and
// twice the mean. Unsorted it is 0.39.
TEST(PermuteMatrix, IsHalfFull) {
  const RandomCsr s(384, 384, 0.1, 3);
  EXPECT_GT(PermuteMatrix(s.matrix).Efficiency(s.matrix), 0.45);
}

TEST(PermuteMatrix, HoldsNoFillingWhereNoWeightIsZero) {
  const RandomCsr s(64, 96, 1e9, 4);
  ASSERT_EQ(s.matrix.values.size(), 64u * 96u);
  EXPECT_DOUBLE_EQ(PermuteMatrix(s.matrix).Efficiency(s.matrix), 1.0);
}

}  // namespace
}  // namespace tacet
