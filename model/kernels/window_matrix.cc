// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/window_matrix.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <span>

#include "model/kernels/row_entries.h"

namespace tacet {
namespace {

constexpr int kSliceRows = WindowMatrix::kSliceRows;

// What is left of one row inside a block of columns.
using Entries = RowEntries<float>;

// One group, of entries from column `start` on, which are taken.
WindowMatrix::Group TakeGroup(std::span<Entries> rows, int start) {
  WindowMatrix::Group group;
  for (int i = 0; i < kSliceRows; ++i) {
    for (int n = 0; n < WindowMatrix::kDepth && !rows[i].empty(); ++n) {
      const int column = rows[i].columns.front() - start;
      if (column >= WindowMatrix::kWindowColumns) break;
      group.weights[n][i] = rows[i].values.front();
      group.columns[WindowMatrix::ColumnAt(i, n)] =
          static_cast<uint8_t>(column);
      rows[i].DropFirst();
    }
  }
  return group;
}

void AppendSlice(std::span<Entries> rows, WindowMatrix::Block* block) {
  constexpr int kNone = std::numeric_limits<int>::max();
  const size_t before = block->groups.size();
  while (true) {
    int next = kNone;
    for (const Entries& row : rows) {
      if (!row.empty()) next = std::min<int>(next, row.columns.front());
    }
    if (next == kNone) break;
    const int window = (next - block->first_column) / WindowMatrix::kStride;
    block->window.push_back(static_cast<uint8_t>(window));
    block->groups.push_back(
        TakeGroup(rows, block->first_column + window * WindowMatrix::kStride));
  }
  block->num_groups.push_back(
      static_cast<uint16_t>(block->groups.size() - before));
}

// The rows from first_row on, at most kMaxSortedRows.
void AppendRows(const CsrMatrix& matrix, int first_row,
                WindowMatrix::Block* block) {
  const int num_rows =
      std::min(WindowMatrix::kMaxSortedRows, matrix.num_rows - first_row);
  const int num_slices = (num_rows + kSliceRows - 1) / kSliceRows;
  std::vector<Entries> rows(num_slices * kSliceRows);
  for (int r = 0; r < num_rows; ++r) {
    rows[r] = EntriesOf(matrix, first_row + r, block->first_column,
                        block->first_column + block->num_columns);
  }
  std::vector<int32_t> order(rows.size()), position(rows.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(),
                           [&](int32_t r) { return rows[r].values.size(); });
  std::vector<Entries> sorted;
  for (const int32_t r : order) {
    position[r] = static_cast<int32_t>(sorted.size());
    sorted.push_back(rows[r]);
  }
  block->position.insert(block->position.end(), position.begin(),
                         position.end());
  for (int s = 0; s < num_slices; ++s) {
    AppendSlice(std::span(sorted).subspan(s * kSliceRows, kSliceRows), block);
  }
}

}  // namespace

WindowMatrix::WindowMatrix(const CsrMatrix& matrix) {
  for (int first = 0; first < matrix.num_columns; first += kMaxBlockColumns) {
    Block& block = blocks.emplace_back();
    block.first_column = first;
    block.num_columns = std::min(kMaxBlockColumns, matrix.num_columns - first);
    for (int row = 0; row < matrix.num_rows; row += kMaxSortedRows) {
      AppendRows(matrix, row, &block);
    }
    // They last as long as the model, and the daemon locks its heap.
    block.groups.shrink_to_fit();
    block.window.shrink_to_fit();
  }
}

double WindowMatrix::Efficiency(const CsrMatrix& matrix) const {
  size_t stored = 0;
  for (const Block& block : blocks) {
    stored += block.groups.size() * kSliceRows * kDepth;
  }
  return stored == 0 ? 1.0
                     : static_cast<double>(matrix.values.size()) /
                           static_cast<double>(stored);
}

}  // namespace tacet
