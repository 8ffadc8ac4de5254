// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/panel_matrix.h"

namespace tacet {

PanelMatrix::PanelMatrix(const FixedMatrix& m)
    : num_panels((m.num_rows + kPanelRows - 1) / kPanelRows),
      last_rows(0),
      num_pairs((m.num_columns + 1) / 2) {
  if (num_panels == 0) return;
  const int rest = m.num_rows - (num_panels - 1) * kPanelRows;
  last_rows = (rest + kVectorRows - 1) / kVectorRows * kVectorRows;
  const size_t rows = size_t{kPanelRows} * (num_panels - 1) + last_rows;
  weights.resize(2 * rows * num_pairs);
  for (int r = 0; r < m.num_rows; ++r) {
    const int p = r / kPanelRows;
    int8_t* const start = weights.data() +
                          size_t{2} * p * kPanelRows * num_pairs +
                          2 * (r % kPanelRows);
    for (uint32_t i = m.rows[r]; i < m.rows[r + 1]; ++i) {
      const size_t c = m.columns[i];
      start[c / 2 * 2 * rows_of(p) + c % 2] = m.values[i];
    }
  }
}

}  // namespace tacet
