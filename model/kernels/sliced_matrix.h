// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_SLICED_MATRIX_H_
#define TACET_MODEL_KERNELS_SLICED_MATRIX_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/fixed/matrix.h"

namespace tacet {

// A sparse matrix laid out for permutes: sliced ELLPACK with local sorting
// (SELL-C-σ; Kreutzer et al. 2014, arXiv 1307.6209), C = 16 rows, σ = 64 rows.
//
// Columns are cut into blocks. In a block, each window of 64 rows is sorted by
// falling number of entries and cut into four slices of 16 rows; a step of a
// slice holds the next four entries of each of its rows, which one multiply-add
// of bytes takes (vpdpbusd; without it two of 16 bits), 0 where a row has no
// more:
//
//   columns  [64] within the block, row i of the slice from 4·i on
//   weights  [64] likewise
//
// Two registers hold 128 columns of bytes or 64 of 16 bits: the reach. In a
// block of more, a slice has first the steps that reach its first columns, so
// many, then those that reach its last ones; columns that both reach are taken
// where a row has room, so that rows with their entries at different places
// still fill the same steps. A last column alone is no block: its weights lie
// by themselves.
struct SlicedMatrix {
  // Columns of two registers.
  static constexpr int kBytes = 128, kWords = 64;
  static constexpr int kWindowRows = 64;
  static constexpr int kSliceRows = 16;
  static constexpr int kSlicesPerWindow = kWindowRows / kSliceRows;
  static constexpr int kGroup = 4;
  static constexpr int kStepSize = kSliceRows * kGroup;

  struct alignas(kStepSize) Step {
    int8_t weights[kStepSize] = {};
    uint8_t columns[kStepSize] = {};
  };

  struct Block {
    int first_column = 0;
    int num_columns = 0;  // 1..2 reach
    // Column from which the later steps of a slice count, a multiple of half
    // the reach; 0 where num_columns <= reach and there are none.
    int far = 0;
    std::vector<uint8_t>
        num_steps;            // [windows × 4], with far [windows × 4 × 2]
    std::vector<Step> steps;  // [sum of num_steps]
    // Where row r of a window stands after sorting, 0..63.  [windows × 64]
    std::vector<uint8_t> position;
    // −128·256·Σ_i w[i] of the sorted rows: what it adds to every sum that the
    // upper byte of x is made unsigned by 128.  [windows × 64]
    std::vector<int32_t> correction;
  };

  //   block_columns  1..2 reach
  //   reach          kBytes or kWords
  // Thread: any. Realtime-safe: no.
  SlicedMatrix(const FixedMatrix& matrix, int block_columns,
               int reach = kBytes);

  int reach;
  int num_windows;
  std::vector<Block> blocks;
  std::vector<int8_t> last_column;  // [windows × 64], or none

  size_t num_steps() const;
  size_t num_slices() const;
  size_t num_bytes() const;
  // What num_bytes() has without the steps, before the matrix is laid out.
  static size_t LeastBytesOf(const FixedMatrix& matrix, int block_columns);
  // Stored entries that are weights of the matrix, not filling: 0..1.
  double Efficiency(const FixedMatrix& matrix) const;
};

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_SLICED_MATRIX_H_
