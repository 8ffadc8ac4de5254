// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_PANEL_MATRIX_H_
#define TACET_MODEL_KERNELS_PANEL_MATRIX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/fixed/matrix.h"

namespace tacet {

// A matrix of bytes with its zeros, for instructions that multiply pairs of
// 16-bit integers and add (pmaddwd): panels of kPanelRows rows, in a panel one
// pair of columns after the other, in a pair the two weights of each row. The
// last panel has as many rows as are left, filled to a multiple of kVectorRows.
//
// A pair of columns whose two x are 0 is skipped, as a ReLU leaves many; what
// remains needs no indices. So this beats sparse forms where many weights are
// left, or few of the x.
struct PanelMatrix {
  static constexpr int kPanelRows = 64;
  static constexpr int kVectorRows = 8;

  explicit PanelMatrix(const FixedMatrix& m);

  // num_vectors() of a matrix, before it is laid out.
  static size_t NumVectorsOf(const FixedMatrix& m) {
    const size_t row_vectors = (m.num_rows + kVectorRows - 1) / kVectorRows;
    return row_vectors * ((m.num_columns + 1) / 2);
  }
  static size_t BytesOf(const FixedMatrix& m) {
    return 2 * kVectorRows * NumVectorsOf(m);
  }

  // Rows of panel p, filled.
  int rows_of(int p) const {
    return p + 1 < num_panels ? kPanelRows : last_rows;
  }
  // The weights of panel p, [num_pairs][rows_of(p)][2].
  const int8_t* panel(int p) const {
    return weights.data() + size_t{2} * p * kPanelRows * num_pairs;
  }

  // Of 8 rows of a pair of columns.
  size_t num_vectors() const { return weights.size() / (2 * kVectorRows); }

  int num_panels, last_rows, num_pairs;
  std::vector<int8_t> weights;
};

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_PANEL_MATRIX_H_
