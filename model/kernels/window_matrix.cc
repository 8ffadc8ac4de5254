// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/window_matrix.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <numeric>
#include <span>

namespace tacet {
namespace {

constexpr int kSliceRows = WindowMatrix::kSliceRows;
constexpr int kSortedRows = WindowMatrix::kSortedRows;

// What is left of one row inside a block of columns.
struct Entries {
  std::span<const float> values;
  std::span<const uint16_t> columns;

  void DropFirst() {
    values = values.subspan(1);
    columns = columns.subspan(1);
  }
};

Entries EntriesOf(const CsrMatrix& m, int row, int first, int last) {
  if (row >= m.num_rows) return {};
  const auto begin = m.columns.begin() + m.rows[row];
  const auto end = m.columns.begin() + m.rows[row + 1];
  const size_t from = std::lower_bound(begin, end, first) - m.columns.begin();
  const size_t to = std::lower_bound(begin, end, last) - m.columns.begin();
  return {m.values.subspan(from, to - from),
          m.columns.subspan(from, to - from)};
}

// One group, of entries from column `start` on, which are taken.
WindowMatrix::Group TakeGroup(std::span<Entries, kSliceRows> rows, int start) {
  WindowMatrix::Group group;
  for (int r = 0; r < kSliceRows; ++r) {
    const int half = r / 16, i = r % 16;
    for (int n = 0; n < WindowMatrix::kDepth && !rows[r].columns.empty(); ++n) {
      const int column = rows[r].columns.front() - start;
      if (column >= WindowMatrix::kWindowColumns) break;
      group.weights[half][n][i] = rows[r].values.front();
      group.columns[half][16 * (i / 4) + 4 * n + i % 4] =
          static_cast<uint8_t>(column);
      rows[r].DropFirst();
    }
  }
  return group;
}

void AppendSlice(std::span<Entries, kSliceRows> rows,
                 WindowMatrix::Block* block) {
  const size_t before = block->groups.size();
  while (true) {
    int next = std::numeric_limits<int>::max();
    for (const Entries& row : rows) {
      if (!row.columns.empty()) next = std::min<int>(next, row.columns.front());
    }
    if (next == std::numeric_limits<int>::max()) break;
    const int window = (next - block->first_column) / WindowMatrix::kStride;
    block->window.push_back(static_cast<uint8_t>(window));
    block->groups.push_back(
        TakeGroup(rows, block->first_column + window * WindowMatrix::kStride));
  }
  block->num_groups.push_back(
      static_cast<uint16_t>(block->groups.size() - before));
}

void AppendSorted(const std::array<Entries, kSortedRows>& rows,
                  WindowMatrix::Block* block) {
  std::array<uint32_t, kSortedRows> order, position;
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(),
                           [&](uint32_t r) { return rows[r].values.size(); });
  std::array<Entries, kSortedRows> sorted;
  for (uint32_t i = 0; i < order.size(); ++i) {
    position[order[i]] = i;
    sorted[i] = rows[order[i]];
  }
  block->position.insert(block->position.end(), position.begin(),
                         position.end());
  const std::span<Entries, kSortedRows> all(sorted);
  AppendSlice(all.first<kSliceRows>(), block);
  AppendSlice(all.last<kSliceRows>(), block);
}

}  // namespace

WindowMatrix::WindowMatrix(const CsrMatrix& matrix) {
  for (int first = 0; first < matrix.num_columns; first += kMaxBlockColumns) {
    Block& block = blocks.emplace_back();
    block.first_column = first;
    block.num_columns = std::min(kMaxBlockColumns, matrix.num_columns - first);
    const int last = first + block.num_columns;
    for (int row = 0; row < matrix.num_rows; row += kSortedRows) {
      std::array<Entries, kSortedRows> rows;
      for (int r = 0; r < kSortedRows; ++r) {
        rows[r] = EntriesOf(matrix, row + r, first, last);
      }
      AppendSorted(rows, &block);
    }
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
