// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_SHUFFLE_MATRIX_H_
#define TACET_MODEL_KERNELS_SHUFFLE_MATRIX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/fixed/matrix.h"

namespace tacet {

// A sparse matrix of bytes laid out for look-ups in 16 bytes (pshufb), the
// widest there are without AVX-512.
//
// The rows of a band go through their entries together. A step holds up to 4
// entries of each row, those next in line, all inside one window of 16 columns,
// which begins at the first column that any of the rows still needs; a row
// whose next entry is beyond it waits (as in window_matrix.h). The x are looked
// up as two bytes each, and the multiply-add of bytes (pmaddubsw) adds pairs of
// products in 16 bits and saturates. That it never has to is the layout's
// business: the two weights of a pair have different signs or a sum of 128 at
// most, and 255·128 < 2^15. An entry that finds no such partner waits too.
struct ShuffleMatrix {
  static constexpr int kVectorRows = 8;
  static constexpr int kBandVectors = 4;
  static constexpr int kBandRows = kBandVectors * kVectorRows;
  static constexpr int kWindowColumns = 16;
  static constexpr int kDepth = 4;
  static constexpr int kMaxPairSum = 128;
  static constexpr int kMaxBlockColumns = 1024;

  // Of 8 rows: entry n of row i at 4·i + n, 0 where the row waits. Columns are
  // counted from the window's first.
  struct alignas(64) Step {
    uint8_t columns[kVectorRows * kDepth] = {};
    int8_t weights[kVectorRows * kDepth] = {};
  };

  // Some columns, whose x fit a buffer of the kernel.
  struct Block {
    int first_column = 0;
    int num_columns = 0;              // 1..1024
    std::vector<uint16_t> num_steps;  // [bands]
    // First columns, counted from the block's.  [sum of num_steps]
    std::vector<uint16_t> windows;
    // Each vector of the band, in each of its steps.
    std::vector<Step> steps;
    // −128·256·Σ_i w[i] of each row: what it adds to every sum that the upper
    // byte of x is made unsigned by 128.  [vectors × 8]
    std::vector<int32_t> correction;
  };

  // Thread: any. Realtime-safe: no.
  explicit ShuffleMatrix(const FixedMatrix& matrix);

  // Vectors of 8 rows in band b.
  int vectors_of(int b) const {
    const int rest = num_vectors - b * kBandVectors;
    return rest < kBandVectors ? rest : kBandVectors;
  }
  // Of 8 rows.
  size_t num_steps() const;

  int num_bands, num_vectors;
  std::vector<Block> blocks;
};

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_SHUFFLE_MATRIX_H_
