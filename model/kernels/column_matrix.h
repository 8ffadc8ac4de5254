// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_COLUMN_MATRIX_H_
#define TACET_MODEL_KERNELS_COLUMN_MATRIX_H_

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/realtime.h"

namespace tacet {

// A sparse matrix in compressed sparse columns: a column whose x is 0, as ReLU
// leaves more than half of them, costs nothing. Needs no vector instructions.
template <typename Weight>
class ColumnMatrix {
 public:
  // From compressed sparse rows.  num_columns  0..65535
  // Thread: any. Realtime-safe: no.
  template <typename Matrix>
  explicit ColumnMatrix(const Matrix& m)
      : starts_(m.num_columns + 1), entries_(m.values.size()) {
    for (const uint16_t c : m.columns) ++starts_[c + 1];
    for (int c = 0; c < m.num_columns; ++c) starts_[c + 1] += starts_[c];
    std::vector<uint32_t> next(starts_.begin(), starts_.end() - 1);
    for (int r = 0; r < m.num_rows; ++r) {
      for (uint32_t i = m.rows[r]; i < m.rows[r + 1]; ++i) {
        entries_[next[m.columns[i]]++] = {static_cast<uint16_t>(r),
                                          m.values[i]};
      }
    }
  }

  // acc += W x. Each row's products are added in the order of the columns, as
  // the row-wise reference does, so that floats that begin at 0 have its bits.
  //   x  [num_columns]     acc  [num_rows]
  // Thread: any. Realtime-safe: yes.
  template <typename X, typename Acc>
  void MultiplyAdd(std::span<const X> x,
                   std::span<Acc> acc) const noexcept TACET_REALTIME {
    assert(x.size() + 1 == starts_.size());
    for (size_t first = 0; first < x.size(); first += kBlock) {
      AddBlock(x, first, std::min(first + kBlock, x.size()), acc.data());
    }
  }

 private:
  struct Entry {
    uint16_t row = 0;
    Weight weight = 0;
  };
  static constexpr size_t kBlock = 256;

  template <typename X, typename Acc>
  void AddBlock(std::span<const X> x, size_t first, size_t last,
                Acc* acc) const noexcept TACET_REALTIME {
    // Listed first, without a branch: one on each x would be guessed wrong
    // every other time.
    std::array<uint16_t, kBlock> active;
    size_t num_active = 0;
    for (size_t c = first; c < last; ++c) {
      active[num_active] = static_cast<uint16_t>(c);
      num_active += x[c] != 0;
    }
    for (size_t i = 0; i < num_active; ++i) {
      const size_t c = active[i];
      const Acc value = x[c];
      const Entry* entry = entries_.data() + starts_[c];
      const Entry* const end = entries_.data() + starts_[c + 1];
      for (; entry != end; ++entry) acc[entry->row] += entry->weight * value;
    }
  }

  std::vector<uint32_t> starts_;  // [num_columns + 1]
  std::vector<Entry> entries_;
};

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_COLUMN_MATRIX_H_
