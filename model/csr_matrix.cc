// SPDX-License-Identifier: Apache-2.0
#include "model/csr_matrix.h"

#include <cassert>
#include <cstddef>

namespace tacet {
namespace {

// Σ_c w[r,c]·x[c]
inline float RowProduct(const CsrMatrix& w, size_t r,
                        std::span<const float> x) noexcept {
  float sum = 0.0f;
  for (size_t i = w.rows[r]; i < w.rows[r + 1]; ++i) {
    sum += w.values[i] * x[w.columns[i]];
  }
  return sum;
}

}  // namespace

void Multiply(const CsrMatrix& w, std::span<const float> x,
              std::span<const float> bias,
              std::span<float> y) noexcept TACET_REALTIME {
  assert(x.size() == static_cast<size_t>(w.num_columns));
  assert(y.size() == static_cast<size_t>(w.num_rows));
  assert(bias.size() == y.size());
  for (size_t r = 0; r < y.size(); ++r) y[r] = RowProduct(w, r, x) + bias[r];
}

void MultiplyAdd(const CsrMatrix& w, std::span<const float> x,
                 std::span<float> y) noexcept TACET_REALTIME {
  assert(x.size() == static_cast<size_t>(w.num_columns));
  assert(y.size() == static_cast<size_t>(w.num_rows));
  for (size_t r = 0; r < y.size(); ++r) y[r] += RowProduct(w, r, x);
}

}  // namespace tacet
