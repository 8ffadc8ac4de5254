// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_TABLE_MATRIX_H_
#define TACET_MODEL_KERNELS_TABLE_MATRIX_H_

#include <cstdint>
#include <vector>

#include "model/fixed/matrix.h"

namespace tacet {

// A sparse matrix of bytes laid out for look-ups in tables of 64 bytes (tbl of
// NEON), which hold 32 columns of x.
//
// The rows of a band go through their entries together. A step holds up to 2
// entries of each row, those next in line, all inside one window of 32 columns,
// which begins at the first column that any of the rows still needs; a row
// whose next entry is beyond it waits (as in window_matrix.h).
struct TableMatrix {
  static constexpr int kVectorRows = 8;
  static constexpr int kBandVectors = 4;
  static constexpr int kBandRows = kBandVectors * kVectorRows;
  static constexpr int kWindowColumns = 32;
  static constexpr int kDepth = 2;
  static constexpr int kStepSize = kVectorRows * kDepth;  // of a vector

  // Thread: any. Realtime-safe: no.
  explicit TableMatrix(const FixedMatrix& matrix);

  // Vectors of 8 rows in band b.
  int vectors_of(int b) const {
    const int rest = num_vectors - b * kBandVectors;
    return rest < kBandVectors ? rest : kBandVectors;
  }

  int num_columns, num_bands, num_vectors;
  std::vector<uint16_t> num_steps;  // [bands]
  // First columns: so far from the end that the window does not reach beyond
  // it, unless there are fewer columns than it has.  [sum of num_steps]
  std::vector<uint16_t> windows;
  // Each step of each band, in it each vector: entry n of row i is at 8·n + i.
  //   bytes    [..][kStepSize][2]  where in the window the bytes of x are
  //   weights  [..][kStepSize]     0 where the row waits
  std::vector<uint8_t> bytes;
  std::vector<int8_t> weights;
};

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_TABLE_MATRIX_H_
