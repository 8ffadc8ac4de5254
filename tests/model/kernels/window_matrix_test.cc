// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/window_matrix.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace tacet {
namespace {

using Weights = std::map<std::pair<int, int>, float>;  // by row and column

struct SparseRows {
  // Each weight kept by the chance `density`; all weights different.
  SparseRows(int num_rows, int num_columns, double density) {
    std::mt19937 engine(1);
    std::uniform_real_distribution<double> uniform;
    rows.push_back(0);
    for (int r = 0; r < num_rows; ++r) {
      for (int c = 0; c < num_columns; ++c) {
        if (uniform(engine) >= density) continue;
        values.push_back(static_cast<float>(values.size() + 1));
        columns.push_back(static_cast<uint16_t>(c));
        weights[{r, c}] = values.back();
      }
      rows.push_back(static_cast<uint32_t>(values.size()));
    }
    matrix = {num_rows, num_columns, values, columns, rows};
  }
  std::vector<float> values;
  std::vector<uint16_t> columns;
  std::vector<uint32_t> rows;
  CsrMatrix matrix;
  Weights weights;
};

// What the groups of a block hold, as the kernel reads them.
void Read(const WindowMatrix::Block& block, int num_rows, Weights* found) {
  Weights sorted;
  size_t g = 0;
  for (size_t s = 0; s < block.num_groups.size(); ++s) {
    for (int n = block.num_groups[s]; n > 0; --n, ++g) {
      const int start =
          block.first_column + WindowMatrix::kStride * block.window[g];
      for (int i = 0; i < WindowMatrix::kSliceRows; ++i) {
        for (int e = 0; e < WindowMatrix::kDepth; ++e) {
          const float weight = block.groups[g].weights[e][i];
          if (weight == 0) continue;
          const int column =
              start + block.groups[g].columns[WindowMatrix::ColumnAt(i, e)];
          sorted[{static_cast<int>(s) * WindowMatrix::kSliceRows + i,
                  column}] += weight;
        }
      }
    }
  }
  EXPECT_EQ(g, block.groups.size());
  EXPECT_EQ(g, block.window.size());
  std::map<int, int> row_of;  // by sorted row
  for (int r = 0; r < num_rows; ++r) {
    row_of[r / WindowMatrix::kMaxSortedRows * WindowMatrix::kMaxSortedRows +
           block.position[r]] = r;
  }
  for (const auto& [at, weight] : sorted) {
    (*found)[{row_of.at(at.first), at.second}] += weight;
  }
}

TEST(WindowMatrix, HoldsEveryWeightOnceAtItsRowAndColumn) {
  for (const int num_rows : {1, 32, 70, 1100}) {
    for (const int num_columns : {1, 129, 384, 1100}) {
      for (const double density : {0.02, 0.1, 1.0}) {
        if (num_rows * num_columns * density > 1e5) continue;  // it takes long
        const SparseRows s(num_rows, num_columns, density);
        const WindowMatrix windows(s.matrix);
        Weights found;
        for (const WindowMatrix::Block& block : windows.blocks) {
          Read(block, num_rows, &found);
        }
        EXPECT_EQ(found, s.weights) << num_rows << " " << num_columns;
      }
    }
  }
}

// No look-up leaves the window, nor the window the x that the kernel stores:
// it stores a block's columns and 64 more, rounded up to 64.
TEST(WindowMatrix, StaysInsideItsBlock) {
  for (const int num_columns : {1, 64, 65, 127, 128, 129, 1024, 2000}) {
    const SparseRows s(40, num_columns, 0.3);
    for (const WindowMatrix::Block& block : WindowMatrix(s.matrix).blocks) {
      EXPECT_LE(block.num_columns, WindowMatrix::kMaxBlockColumns);
      for (const uint8_t window : block.window) {
        EXPECT_LT(window * WindowMatrix::kStride, block.num_columns);
      }
      for (const WindowMatrix::Group& group : block.groups) {
        for (const uint8_t c : group.columns) {
          EXPECT_LT(c, WindowMatrix::kWindowColumns);
        }
      }
    }
  }
}

// Of a network 384 wide with 90 % of its weights 0, at random places. Sliced
// ELLPACK in blocks of 32 columns, which these windows replace, reaches 0.6.
TEST(WindowMatrix, HoldsLittleFilling) {
  const SparseRows s(384, 384, 0.1);
  EXPECT_GT(WindowMatrix(s.matrix).Efficiency(s.matrix), 0.75);
}

// One row in sixteen is full and the others nearly empty, far from each other.
TEST(WindowMatrix, SortsAllRowsByTheirLength) {
  const int num_rows = 512, num_columns = 128;
  std::vector<float> values;
  std::vector<uint16_t> columns;
  std::vector<uint32_t> rows = {0};
  for (int r = 0; r < num_rows; ++r) {
    for (int c = 0; c < (r % 16 == 0 ? num_columns : 4); ++c) {
      values.push_back(1.0f);
      columns.push_back(static_cast<uint16_t>(c));
    }
    rows.push_back(static_cast<uint32_t>(values.size()));
  }
  const CsrMatrix matrix = {num_rows, num_columns, values, columns, rows};
  EXPECT_DOUBLE_EQ(WindowMatrix(matrix).Efficiency(matrix), 1.0);
}

}  // namespace
}  // namespace tacet
