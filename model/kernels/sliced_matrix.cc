// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/sliced_matrix.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <functional>
#include <numeric>
#include <span>

#include "model/kernels/row_entries.h"

namespace tacet {
namespace {

constexpr int kGroup = SlicedMatrix::kGroup;
constexpr int kWindowRows = SlicedMatrix::kWindowRows;

using Entries = RowEntries<int8_t>;

// Appends the steps of one slice: 16 sorted rows.
void AppendSlice(std::span<const Entries> rows, SlicedMatrix::Block* block) {
  int longest = 0;
  for (const auto& row : rows) longest = std::max(longest, row.size());
  const int num_steps = (longest + kGroup - 1) / kGroup;
  const size_t start = block->steps.size();
  block->num_steps.push_back(static_cast<uint8_t>(num_steps));
  block->steps.resize(start + num_steps);
  for (size_t i = 0; i < rows.size(); ++i) {
    for (int e = 0; e < rows[i].size(); ++e) {
      auto& step = block->steps[start + e / kGroup];
      const size_t at = i * kGroup + e % kGroup;
      step.columns[at] =
          static_cast<uint8_t>(rows[i].columns[e] - block->first_column);
      step.weights[at] = rows[i].values[e];
    }
  }
}

void AppendWindow(const std::array<Entries, kWindowRows>& window,
                  SlicedMatrix::Block* block) {
  std::array<uint32_t, kWindowRows> order, position;
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(),
                           [&](uint32_t r) { return window[r].size(); });
  std::array<Entries, kWindowRows> sorted;
  for (uint32_t i = 0; i < order.size(); ++i) {
    position[order[i]] = i;
    sorted[i] = window[order[i]];
    const std::span<const int8_t> values = sorted[i].values;
    block->correction.push_back(
        -128 * 256 * std::accumulate(values.begin(), values.end(), 0));
  }
  block->position.insert(block->position.end(), position.begin(),
                         position.end());
  constexpr int kSliceRows = SlicedMatrix::kSliceRows;
  for (int s = 0; s < SlicedMatrix::kSlicesPerWindow; ++s) {
    AppendSlice(
        std::span<const Entries>(sorted).subspan(s * kSliceRows, kSliceRows),
        block);
  }
}

}  // namespace

SlicedMatrix::SlicedMatrix(const FixedMatrix& matrix, int block_columns)
    : num_windows((matrix.num_rows + kWindowRows - 1) / kWindowRows) {
  assert(block_columns >= 1 && block_columns <= kMaxBlockColumns);
  for (int first = 0; first < matrix.num_columns; first += block_columns) {
    Block& block = blocks.emplace_back();
    block.first_column = first;
    block.num_columns = std::min(block_columns, matrix.num_columns - first);
    for (int w = 0; w < num_windows; ++w) {
      std::array<Entries, kWindowRows> window;
      for (int r = 0; r < kWindowRows; ++r) {
        window[r] = EntriesOf(matrix, w * kWindowRows + r, first,
                              first + block_columns);
      }
      AppendWindow(window, &block);
    }
  }
}

size_t SlicedMatrix::num_steps() const {
  size_t num_steps = 0;
  for (const Block& block : blocks) num_steps += block.steps.size();
  return num_steps;
}

double SlicedMatrix::Efficiency(const FixedMatrix& matrix) const {
  const size_t stored = num_steps() * kStepSize;
  return stored == 0 ? 1.0
                     : static_cast<double>(matrix.values.size()) /
                           static_cast<double>(stored);
}

}  // namespace tacet
