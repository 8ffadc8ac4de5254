// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_SLICED_MATRIX_H_
#define TACET_MODEL_KERNELS_SLICED_MATRIX_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/csr_matrix.h"
#include "model/fixed/matrix.h"

namespace tacet {

// A sparse matrix laid out for permutes: sliced ELLPACK with local sorting
// (SELL-C-σ; Kreutzer et al. 2014, arXiv 1307.6209), C = 16 rows, σ = 64 rows.
//
// Columns are cut into blocks that two registers can hold. In a block, each
// window of 64 rows is sorted by falling number of entries and cut into four
// slices of 16 rows; a step of a slice holds the next kGroup entries of each of
// its rows, 0 where a row has no more:
//
//   columns  [16·kGroup] within the block, row i of the slice from kGroup·i on
//   weights  [16·kGroup] likewise
//
// Four bytes a row are what one multiply-add of bytes takes (vpdpbusd); floats
// come one by one.
template <typename Weight, int kGroup>
struct SlicedMatrixOf {
  static constexpr int kMaxBlockColumns = 256;
  static constexpr int kWindowRows = 64;
  static constexpr int kSliceRows = 16;
  static constexpr int kSlicesPerWindow = kWindowRows / kSliceRows;
  static constexpr int kStepSize = kSliceRows * kGroup;

  struct alignas(kStepSize) Step {
    Weight weights[kStepSize] = {};
    uint8_t columns[kStepSize] = {};
  };

  struct Block {
    int first_column = 0;
    int num_columns = 0;             // 1..256
    std::vector<uint8_t> num_steps;  // [windows × 4]
    std::vector<Step> steps;         // [sum of num_steps]
    // Where row r of a window stands after sorting, 0..63.  [windows × 64]
    std::vector<uint32_t> position;
    // Of bytes: −128·256·Σ_i w[i] of the sorted rows: what it adds to every sum
    // that the upper byte of x is made unsigned by 128.  [windows × 64]
    std::vector<int32_t> correction;
  };

  // The arrays of a FixedMatrix or CsrMatrix.
  struct Rows {
    int num_rows = 0;
    int num_columns = 0;
    std::span<const Weight> values;
    std::span<const uint16_t> columns;
    std::span<const uint32_t> rows;
  };

  //   block_columns  1..256
  // Thread: any. Realtime-safe: no.
  SlicedMatrixOf(const Rows& matrix, int block_columns);

  int num_windows = 0;
  std::vector<Block> blocks;

  size_t num_steps() const;
  // Stored entries that are weights of the matrix, not filling: 0..1.
  double Efficiency(const Rows& matrix) const;
};

extern template struct SlicedMatrixOf<int8_t, 4>;
extern template struct SlicedMatrixOf<float, 1>;

inline SlicedBytes::Rows RowsOf(const FixedMatrix& m) {
  return {m.num_rows, m.num_columns, m.values, m.columns, m.rows};
}
inline SlicedFloats::Rows RowsOf(const CsrMatrix& m) {
  return {m.num_rows, m.num_columns, m.values, m.columns, m.rows};
}

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_SLICED_MATRIX_H_
