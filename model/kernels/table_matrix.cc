// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/table_matrix.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <span>

#include "model/kernels/row_entries.h"

namespace tacet {
namespace {

constexpr int kVectorRows = TableMatrix::kVectorRows;
constexpr int kStepSize = TableMatrix::kStepSize;

// What is left of a row.
using Rest = RowEntries<int8_t>;

// Moves the next entries of each row into a step.
void AppendStep(int window, std::span<Rest> rows, TableMatrix* m) {
  const size_t first = m->weights.size();
  m->weights.resize(first + rows.size() / kVectorRows * kStepSize);
  m->bytes.resize(2 * m->weights.size());
  for (size_t r = 0; r < rows.size(); ++r) {
    Rest& row = rows[r];
    for (int n = 0; n < TableMatrix::kDepth && !row.empty(); ++n) {
      const int column = row.columns.front() - window;
      if (column >= TableMatrix::kWindowColumns) break;
      const size_t at = first + r / kVectorRows * kStepSize + n * kVectorRows +
                        r % kVectorRows;
      m->weights[at] = row.values.front();
      m->bytes[2 * at] = static_cast<uint8_t>(2 * column);
      m->bytes[2 * at + 1] = static_cast<uint8_t>(2 * column + 1);
      row.DropFirst();
    }
  }
}

void AppendBand(std::span<Rest> rows, TableMatrix* m) {
  const int last_window =
      std::max(m->num_columns - TableMatrix::kWindowColumns, 0);
  int num_steps = 0;
  for (;; ++num_steps) {
    int window = m->num_columns;
    for (const Rest& row : rows) {
      if (!row.empty()) {
        window = std::min<int>(window, row.columns.front());
      }
    }
    if (window == m->num_columns) break;
    window = std::min(window, last_window);
    m->windows.push_back(static_cast<uint16_t>(window));
    AppendStep(window, rows, m);
  }
  m->num_steps.push_back(static_cast<uint16_t>(num_steps));
}

}  // namespace

TableMatrix::TableMatrix(const FixedMatrix& matrix)
    : num_columns(matrix.num_columns),
      num_bands((matrix.num_rows + kBandRows - 1) / kBandRows),
      num_vectors((matrix.num_rows + kVectorRows - 1) / kVectorRows) {
  assert(num_columns <= 65535);
  for (int b = 0; b < num_bands; ++b) {
    std::vector<Rest> rows;
    rows.reserve(vectors_of(b) * kVectorRows);
    for (int i = 0; i < vectors_of(b) * kVectorRows; ++i) {
      rows.push_back(EntriesOf(matrix, b * kBandRows + i, 0, num_columns));
    }
    AppendBand(rows, this);
  }
}

}  // namespace tacet
