// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_WINDOW_MATRIX_H_
#define TACET_MODEL_KERNELS_WINDOW_MATRIX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/csr_matrix.h"

namespace tacet {

// A sparse matrix of floats laid out for look-ups in 128 columns at a time.
//
// Each 64 rows are sorted by falling number of entries and cut into two slices
// of 32. The rows of a slice move through their entries together: a group holds
// up to 4 entries of each row, those next in line, all inside one window of 128
// columns. The window begins at the first column that any of the rows still
// needs, rounded down; a row whose next entry is beyond it waits. So a row with
// few entries in some columns and many in others is not filled up column block
// by column block, as in sliced ELLPACK, and its sum stays in a register to the
// end.
//
//   weights  [half][n][i]      entry n of row 16·half + i, 0 where it waits
//   columns  [half][16·(i / 4) + 4·n + i % 4]   within the window: the order in
//            which bytes come back from being interleaved (float_avx512.cc)
struct WindowMatrix {
  static constexpr int kMaxBlockColumns = 1024;
  static constexpr int kWindowColumns = 128;
  static constexpr int kStride = 64;  // windows begin at its multiples
  static constexpr int kSortedRows = 64;
  static constexpr int kSliceRows = 32;
  static constexpr int kDepth = 4;

  struct alignas(64) Group {
    float weights[2][kDepth][16] = {};
    uint8_t columns[2][16 * kDepth] = {};
  };

  // Some columns, whose x fit a buffer of the kernel.
  struct Block {
    int first_column = 0;
    int num_columns = 0;               // 1..1024
    std::vector<uint16_t> num_groups;  // [slices]
    std::vector<uint8_t> window;       // [groups] first column / 64
    std::vector<Group> groups;
    // Where row r of 64 stands after sorting, 0..63.  [rows, filled to 64]
    std::vector<uint32_t> position;
  };

  // Thread: any. Realtime-safe: no.
  explicit WindowMatrix(const CsrMatrix& matrix);

  std::vector<Block> blocks;

  // Stored entries that are weights of the matrix, not filling: 0..1.
  double Efficiency(const CsrMatrix& matrix) const;
};

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_WINDOW_MATRIX_H_
