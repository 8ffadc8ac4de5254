// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/shuffle_matrix.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <numeric>
#include <span>

#include "model/kernels/row_entries.h"

namespace tacet {
namespace {

constexpr int kDepth = ShuffleMatrix::kDepth;
constexpr int kVectorRows = ShuffleMatrix::kVectorRows;

// What is left of a row inside a block of columns.
using Rest = RowEntries<int8_t>;

bool CanPair(int8_t a, int8_t b) {
  return (a < 0) != (b < 0) ||
         std::abs(int{a}) + std::abs(int{b}) <= ShuffleMatrix::kMaxPairSum;
}

// Where a weight can stand among the four of a row; kDepth if nowhere.
int PlaceOf(int8_t weight, const int8_t* weights) {
  for (int at = 0; at < kDepth; ++at) {
    if (weights[at] == 0 && CanPair(weight, weights[at ^ 1])) return at;
  }
  return kDepth;
}

// Moves the next entries of row i of a vector into its step.
void Fill(int window, int i, Rest* row, ShuffleMatrix::Step* step) {
  int8_t* const weights = step->weights + kDepth * i;
  while (!row->empty()) {
    const int column = row->columns.front() - window;
    if (column >= ShuffleMatrix::kWindowColumns) return;
    const int8_t weight = row->values.front();
    if (weight != 0) {
      const int at = PlaceOf(weight, weights);
      if (at == kDepth) return;
      weights[at] = weight;
      step->columns[kDepth * i + at] = static_cast<uint8_t>(column);
    }
    row->DropFirst();
  }
}

void AppendBand(std::span<Rest> rows, ShuffleMatrix::Block* block) {
  const int end = block->first_column + block->num_columns;
  int num_steps = 0;
  for (;; ++num_steps) {
    int window = end;
    for (const Rest& row : rows) {
      if (!row.empty()) {
        window = std::min<int>(window, row.columns.front());
      }
    }
    if (window == end) break;
    block->windows.push_back(
        static_cast<uint16_t>(window - block->first_column));
    for (size_t r = 0; r < rows.size(); ++r) {
      const int i = static_cast<int>(r) % kVectorRows;
      if (i == 0) block->steps.emplace_back();
      Fill(window, i, &rows[r], &block->steps.back());
    }
  }
  block->num_steps.push_back(static_cast<uint16_t>(num_steps));
}

}  // namespace

ShuffleMatrix::ShuffleMatrix(const FixedMatrix& matrix)
    : num_bands((matrix.num_rows + kBandRows - 1) / kBandRows),
      num_vectors((matrix.num_rows + kVectorRows - 1) / kVectorRows) {
  for (int first = 0; first < matrix.num_columns; first += kMaxBlockColumns) {
    Block& block = blocks.emplace_back();
    block.first_column = first;
    block.num_columns = std::min(kMaxBlockColumns, matrix.num_columns - first);
    for (int b = 0; b < num_bands; ++b) {
      std::vector<Rest> rows;
      for (int i = 0; i < vectors_of(b) * kVectorRows; ++i) {
        const Rest& row = rows.emplace_back(EntriesOf(
            matrix, b * kBandRows + i, first, first + kMaxBlockColumns));
        const int64_t sum =
            std::accumulate(row.values.begin(), row.values.end(), int64_t{0});
        // Modulo 2^32, as the kernel's sums.
        block.correction.push_back(static_cast<int32_t>(-128 * 256 * sum));
      }
      AppendBand(rows, &block);
    }
  }
}

size_t ShuffleMatrix::num_steps() const {
  size_t num_steps = 0;
  for (const Block& block : blocks) num_steps += block.steps.size();
  return num_steps;
}

}  // namespace tacet
