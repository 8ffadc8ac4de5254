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
// Of a row's position and correction.
constexpr size_t kRowBytes = sizeof(uint8_t) + sizeof(int32_t);

using Entries = RowEntries<int8_t>;

int StepsFor(int entries) { return (entries + kGroup - 1) / kGroup; }

// The first count entries of a row, at most, and the others.
struct Parts {
  Parts(const Entries& row, int count)
      : first{row.values.first(count), row.columns.first(count)},
        rest{row.values.subspan(count), row.columns.subspan(count)} {}
  Entries first, rest;
};

// Appends steps that hold all entries of 16 rows.
//   origin  the column that is 0 in them
void AppendSteps(std::span<const Entries> rows, int origin,
                 SlicedMatrix::Block* block) {
  int longest = 0;
  for (const auto& row : rows) longest = std::max(longest, row.size());
  const int num_steps = StepsFor(longest);
  const size_t start = block->steps.size();
  block->num_steps.push_back(static_cast<uint8_t>(num_steps));
  block->steps.resize(start + num_steps);
  for (size_t i = 0; i < rows.size(); ++i) {
    for (int e = 0; e < rows[i].size(); ++e) {
      auto& step = block->steps[start + e / kGroup];
      const size_t at = i * kGroup + e % kGroup;
      step.columns[at] = static_cast<uint8_t>(rows[i].columns[e] - origin);
      step.weights[at] = rows[i].values[e];
    }
  }
}

int CountBelow(const Entries& row, int column) {
  return static_cast<int>(std::ranges::lower_bound(row.columns, column) -
                          row.columns.begin());
}

// Appends one slice: 16 sorted rows.
void AppendSlice(std::span<const Entries> rows, int reach,
                 SlicedMatrix::Block* block) {
  const int first = block->first_column;
  if (block->far == 0) return AppendSteps(rows, first, block);
  // As many near steps as the entries need that only those reach; then each
  // row fills them.
  int num_near = 0;
  for (const Entries& row : rows) {
    num_near =
        std::max(num_near, StepsFor(CountBelow(row, first + block->far)));
  }
  std::vector<Entries> near, far;
  for (const Entries& row : rows) {
    const int reached = CountBelow(row, first + reach);
    const Parts parts(row, std::min(reached, num_near * kGroup));
    near.push_back(parts.first);
    far.push_back(parts.rest);
  }
  AppendSteps(near, first, block);
  AppendSteps(far, first + block->far, block);
}

void AppendWindow(const std::array<Entries, kWindowRows>& window, int reach,
                  SlicedMatrix::Block* block) {
  std::array<uint8_t, kWindowRows> order, position;
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(),
                           [&](uint8_t r) { return window[r].size(); });
  std::array<Entries, kWindowRows> sorted;
  for (size_t i = 0; i < order.size(); ++i) {
    position[order[i]] = static_cast<uint8_t>(i);
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
        reach, block);
  }
}

}  // namespace

SlicedMatrix::SlicedMatrix(const FixedMatrix& matrix, int block_columns,
                           int reach)
    : reach(reach),
      num_windows((matrix.num_rows + kWindowRows - 1) / kWindowRows) {
  assert(block_columns >= 1 && block_columns <= 2 * reach);
  int num_columns = matrix.num_columns;
  if (num_columns > 1 && num_columns % block_columns == 1) {
    --num_columns;
    last_column.resize(num_windows * kWindowRows);
    for (int r = 0; r < matrix.num_rows; ++r) {
      const Entries last =
          EntriesOf(matrix, r, num_columns, matrix.num_columns);
      if (!last.empty()) last_column[r] = last.values[0];
    }
  }
  for (int first = 0; first < num_columns; first += block_columns) {
    Block& block = blocks.emplace_back();
    block.first_column = first;
    block.num_columns = std::min(block_columns, num_columns - first);
    // The least multiple of a register from which two reach the last column.
    const int lanes = reach / 2;
    block.far =
        std::max(0, (block.num_columns - reach + lanes - 1) / lanes * lanes);
    for (int w = 0; w < num_windows; ++w) {
      std::array<Entries, kWindowRows> window;
      for (int r = 0; r < kWindowRows; ++r) {
        window[r] = EntriesOf(matrix, w * kWindowRows + r, first,
                              first + block.num_columns);
      }
      AppendWindow(window, reach, &block);
    }
  }
}

size_t SlicedMatrix::num_steps() const {
  size_t num_steps = 0;
  for (const Block& block : blocks) num_steps += block.steps.size();
  return num_steps;
}

size_t SlicedMatrix::num_slices() const {
  return blocks.size() * num_windows * kSlicesPerWindow;
}

size_t SlicedMatrix::num_bytes() const {
  size_t num_bytes = num_steps() * sizeof(Step) + last_column.size();
  for (const Block& block : blocks) {
    num_bytes += block.num_steps.size() + block.position.size() * kRowBytes;
  }
  return num_bytes;
}

size_t SlicedMatrix::LeastBytesOf(const FixedMatrix& matrix,
                                  int block_columns) {
  // A last column alone is no block.
  const size_t num_blocks =
      std::max(1, (matrix.num_columns + block_columns - 2) / block_columns);
  const size_t num_windows = (matrix.num_rows + kWindowRows - 1) / kWindowRows;
  return num_blocks * num_windows *
         (kSlicesPerWindow + kWindowRows * kRowBytes);
}

double SlicedMatrix::Efficiency(const FixedMatrix& matrix) const {
  const size_t stored = num_steps() * kStepSize;
  return stored == 0 ? 1.0
                     : static_cast<double>(matrix.values.size()) /
                           static_cast<double>(stored);
}

}  // namespace tacet
