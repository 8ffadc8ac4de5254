// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/permute_matrix.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <span>

#include "model/kernels/row_entries.h"

namespace tacet {
namespace {

constexpr int kVectorRows = PermuteMatrix::kVectorRows;
constexpr int kSortedRows = PermuteMatrix::kSortedRows;
constexpr int kChunkSteps = PermuteMatrix::kChunkSteps;

// What is left of one row inside a block of columns.
using Entries = RowEntries<float>;

// Step n of a vector, of entries from column `start` on, which are taken.
void AppendStep(std::span<Entries> rows, int start, int n,
                PermuteMatrix::Block* block) {
  if (n % kChunkSteps == 0) block->places.emplace_back();
  const int shift = n % kChunkSteps * PermuteMatrix::kPlaceBits;
  auto& weights = block->weights.emplace_back().of;
  auto& places = block->places.back().of;
  for (int i = 0; i < kVectorRows; ++i) {
    if (rows[i].empty()) continue;
    const int place = rows[i].columns.front() - start;
    if (place >= PermuteMatrix::kWindowColumns) continue;
    weights[i] = rows[i].values.front();
    places[i] |= static_cast<uint32_t>(place) << shift;
    rows[i].DropFirst();
  }
}

void AppendVector(std::span<Entries> rows, PermuteMatrix::Block* block) {
  constexpr int kNone = std::numeric_limits<int>::max();
  int num_steps = 0;
  for (;; ++num_steps) {
    int start = kNone;
    for (const Entries& row : rows) {
      if (!row.empty()) start = std::min<int>(start, row.columns.front());
    }
    if (start == kNone) break;
    block->windows.push_back(static_cast<uint16_t>(
        PermuteMatrix::LineIndex(start - block->first_column)));
    AppendStep(rows, start, num_steps, block);
  }
  block->num_steps.push_back(static_cast<uint16_t>(num_steps));
}

// The rows from first_row on, 32 or as many as there are.
void AppendRows(const CsrMatrix& matrix, int first_row,
                PermuteMatrix::Block* block) {
  std::vector<Entries> rows;
  rows.reserve(kSortedRows);
  for (int r = 0; r < kSortedRows; ++r) {
    rows.push_back(EntriesOf(matrix, first_row + r, block->first_column,
                             block->first_column + block->num_columns));
  }
  std::vector<int32_t> order(kSortedRows), position(kSortedRows);
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
  for (int i = 0; i < kSortedRows; i += kVectorRows) {
    AppendVector(std::span(sorted).subspan(i, kVectorRows), block);
  }
}

}  // namespace

PermuteMatrix::PermuteMatrix(const CsrMatrix& matrix) {
  for (int first = 0; first < matrix.num_columns; first += kMaxBlockColumns) {
    Block& block = blocks.emplace_back();
    block.first_column = first;
    block.num_columns = std::min(kMaxBlockColumns, matrix.num_columns - first);
    for (int row = 0; row < matrix.num_rows; row += kSortedRows) {
      AppendRows(matrix, row, &block);
    }
    // They last as long as the model, and the daemon locks its heap.
    block.windows.shrink_to_fit();
    block.weights.shrink_to_fit();
    block.places.shrink_to_fit();
  }
}

double PermuteMatrix::Efficiency(const CsrMatrix& matrix) const {
  size_t stored = 0;
  for (const Block& block : blocks) {
    stored += block.weights.size() * kVectorRows;
  }
  return stored == 0 ? 1.0
                     : static_cast<double>(matrix.values.size()) /
                           static_cast<double>(stored);
}

}  // namespace tacet
