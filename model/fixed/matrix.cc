// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/matrix.h"

#include <cassert>
#include <cstddef>

namespace tacet {

void MultiplyAdd(const FixedMatrix& w, std::span<const int16_t> x,
                 std::span<int32_t> acc) noexcept TACET_REALTIME {
  assert(x.size() == static_cast<size_t>(w.num_columns));
  assert(acc.size() == static_cast<size_t>(w.num_rows));
  for (size_t r = 0; r < acc.size(); ++r) {
    int32_t sum = acc[r];
    for (size_t i = w.rows[r]; i < w.rows[r + 1]; ++i) {
      sum += int32_t{w.values[i]} * x[w.columns[i]];
    }
    acc[r] = sum;
  }
}

}  // namespace tacet
