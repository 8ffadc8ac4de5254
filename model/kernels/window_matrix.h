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
// The rows are sorted by falling number of entries, which of trained weights
// differ by ten times, and cut into slices. The rows of a slice move through
// their entries together: a group holds up to 4 entries of each row, those next
// in line, all inside one window of 128 columns. The window begins at the first
// column that any of the rows still needs, rounded down; a row whose next entry
// is beyond it waits. So a row with few entries in some columns and many in
// others is not filled up column block by column block, as in sliced ELLPACK
// (Kreutzer et al. 2014, arXiv 1307.6209), and its sum stays in a register to
// the end.
struct WindowMatrix {
  static constexpr int kMaxBlockColumns = 1024;
  static constexpr int kWindowColumns = 128;
  static constexpr int kStride = 64;  // windows begin at its multiples
  static constexpr int kMaxSortedRows = 1024;
  static constexpr int kSliceRows = 16;
  static constexpr int kDepth = 4;

  // Entry n of row i is weights[n][i], 0 where the row waits, and its column
  // within the window columns[ColumnAt(i, n)]: the order in which bytes come
  // back from being interleaved (float_avx512.cc).
  struct alignas(64) Group {
    float weights[kDepth][kSliceRows] = {};
    uint8_t columns[kSliceRows * kDepth] = {};
  };
  static constexpr int ColumnAt(int i, int n) {
    return 16 * (i / 4) + 4 * n + i % 4;
  }

  // Some columns, whose x fit a buffer of the kernel.
  struct Block {
    int first_column = 0;
    int num_columns = 0;               // 1..1024
    std::vector<uint16_t> num_groups;  // [slices]
    std::vector<uint8_t> window;       // [groups] first column / 64
    std::vector<Group> groups;
    // Where row r of 1024 stands after sorting, 0..1023.
    // [rows, filled to whole slices]
    std::vector<int32_t> position;
  };

  // Thread: any. Realtime-safe: no.
  explicit WindowMatrix(const CsrMatrix& matrix);

  std::vector<Block> blocks;

  // Stored entries that are weights of the matrix, not filling: 0..1.
  double Efficiency(const CsrMatrix& matrix) const;
};

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_WINDOW_MATRIX_H_
