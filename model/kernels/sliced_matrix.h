// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_SLICED_MATRIX_H_
#define TACET_MODEL_KERNELS_SLICED_MATRIX_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/fixed/matrix.h"

namespace tacet {

// A sparse matrix of 8-bit weights laid out for byte permutes: sliced ELLPACK
// with local sorting (SELL-C-σ; Kreutzer et al. 2014, arXiv 1307.6209), C = 16
// rows, σ = 64 rows.
//
// Columns are cut into blocks that two registers of bytes can hold. In a block,
// each window of 64 rows is sorted by falling number of entries and cut into
// four slices of 16 rows; a step of a slice holds the next four entries of each
// of its rows, 0 where a row has no more:
//
//   columns  [64] within the block, row i of the slice at 4i .. 4i + 3
//   weights  [64] likewise
//
// so that one multiply-add of bytes (vpdpbusd) takes 64 entries.
struct SlicedMatrix {
  static constexpr int kBlockColumns = 256;
  static constexpr int kWindowRows = 64;
  static constexpr int kSliceRows = 16;
  static constexpr int kSlicesPerWindow = kWindowRows / kSliceRows;
  static constexpr int kGroup = 4;  // entries of a row in a step

  struct alignas(64) Step {
    uint8_t columns[kSliceRows * kGroup] = {};
    int8_t weights[kSliceRows * kGroup] = {};
  };

  struct Block {
    int first_column = 0;
    int num_columns = 0;             // 1..256
    std::vector<uint8_t> num_steps;  // [windows × 4]
    std::vector<Step> steps;         // [sum of num_steps]
    // Where row r of a window stands after sorting, 0..63.  [windows × 64]
    std::vector<uint32_t> position;
    // −128·256·Σ_i w[i] of the sorted rows: what it adds to every sum that the
    // upper byte of x is made unsigned by 128.  [windows × 64]
    std::vector<int32_t> correction;
  };

  // Thread: any. Realtime-safe: no.
  explicit SlicedMatrix(const FixedMatrix& matrix);

  int num_windows = 0;
  std::vector<Block> blocks;

  // Stored entries that are weights of the matrix, not filling: 0..1.
  double Efficiency(const FixedMatrix& matrix) const;
};

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_SLICED_MATRIX_H_
