// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_PERMUTE_MATRIX_H_
#define TACET_MODEL_KERNELS_PERMUTE_MATRIX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/csr_matrix.h"

namespace tacet {

// A sparse matrix of floats laid out for look-ups in 8 floats (vpermps of
// AVX2).
//
// The rows are sorted by falling number of entries, 32 at a time, and taken in
// vectors of 8. A vector moves through the entries of its rows: a step holds
// one entry of each, the next in line, all inside one window of 8 columns that
// begins at the first column that any of the rows still needs; a row whose next
// entry is beyond it waits (as in window_matrix.h). The kernel looks the window
// up in a copy of x in which every window lies inside one cache line:
//
//   lines[j][i] = x[8j + i], i = 0..15
struct PermuteMatrix {
  static constexpr int kVectorRows = 8;
  static constexpr int kSortedVectors = 4;
  static constexpr int kSortedRows = kSortedVectors * kVectorRows;
  static constexpr int kWindowColumns = 8;
  static constexpr int kLineFloats = 16;
  static constexpr int kMaxBlockColumns = 1024;
  // Steps whose places share a vector, and the bits of each.
  static constexpr int kChunkSteps = 8;
  static constexpr int kPlaceBits = 3;

  // One step: the weight of each row, 0 where the row waits.
  struct alignas(32) Weights {
    std::array<float, kVectorRows> of{};
  };
  // Of up to 8 steps: the column within the window of step n of row i is
  // of[i] >> 3n & 7.
  struct alignas(32) Places {
    std::array<uint32_t, kVectorRows> of{};
  };

  // Some columns, whose lines fit a buffer of the kernel.
  struct Block {
    int first_column = 0;
    int num_columns = 0;              // 1..1024
    std::vector<uint16_t> num_steps;  // [vectors]
    // Where the windows begin in the lines.  [sum of num_steps]
    std::vector<uint16_t> windows;
    std::vector<Weights> weights;  // [sum of num_steps]
    std::vector<Places> places;    // [sum of num_steps/8, rounded up]
    // Where row r of 32 stands after sorting, 0..31.
    // [rows, filled to whole 32]
    std::vector<int32_t> position;
  };

  // Of a column of a block.
  static constexpr int LineIndex(int column) {
    return column / kWindowColumns * kLineFloats + column % kWindowColumns;
  }

  // Thread: any. Realtime-safe: no.
  explicit PermuteMatrix(const CsrMatrix& matrix);

  std::vector<Block> blocks;

  // Stored entries that are weights of the matrix, not filling: 0..1.
  double Efficiency(const CsrMatrix& matrix) const;
};

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_PERMUTE_MATRIX_H_
