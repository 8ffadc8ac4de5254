// SPDX-License-Identifier: Apache-2.0
// The entries of a row of a sparse matrix, for those who lay it out anew.
#ifndef TACET_MODEL_KERNELS_ROW_ENTRIES_H_
#define TACET_MODEL_KERNELS_ROW_ENTRIES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tacet {

// Those that are still to be taken, by ascending column.
template <typename Value>
struct RowEntries {
  std::span<const Value> values;
  std::span<const uint16_t> columns;

  bool empty() const { return values.empty(); }
  int size() const { return static_cast<int>(values.size()); }
  void DropFirst() {
    values = values.subspan(1);
    columns = columns.subspan(1);
  }
};

// Of a row, in columns first..last-1; none beyond the last row, so that rows
// may be filled up to whole vectors.
//   m  a FixedMatrix or a CsrMatrix, columns ascending in each row
// Thread: any.  Realtime-safe: yes.
template <typename Matrix>
auto EntriesOf(const Matrix& m, int row, int first, int last) {
  using Value = typename decltype(m.values)::value_type;
  if (row >= m.num_rows) return RowEntries<Value>{};
  const auto begin = m.columns.begin() + m.rows[row];
  const auto end = m.columns.begin() + m.rows[row + 1];
  const size_t from = std::lower_bound(begin, end, first) - m.columns.begin();
  const size_t to = std::lower_bound(begin, end, last) - m.columns.begin();
  return RowEntries<Value>{m.values.subspan(from, to - from),
                           m.columns.subspan(from, to - from)};
}

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_ROW_ENTRIES_H_
