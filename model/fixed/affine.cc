// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/affine.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "model/fixed/arithmetic.h"

namespace tacet {
namespace {

void Accumulate(const FixedAffine& w, const FixedKernels& kernels,
                std::span<const int16_t> x,
                std::span<int32_t> acc) noexcept TACET_REALTIME {
  assert(acc.size() == w.bias.size());
  std::ranges::copy(w.bias, acc.begin());
  kernels.multiply_add(w.weight, x, acc);
}

}  // namespace

void Apply(const FixedAffine& w, const FixedKernels& kernels,
           std::span<const int16_t> x, std::span<int32_t> acc,
           std::span<int16_t> y) noexcept TACET_REALTIME {
  Accumulate(w, kernels, x, acc);
  for (size_t r = 0; r < y.size(); ++r) {
    y[r] = SaturateToActivation(RoundShift(acc[r], w.shift[r]));
  }
}

void ApplyRelu(const FixedAffine& w, const FixedKernels& kernels,
               std::span<const int16_t> x, std::span<int32_t> acc,
               std::span<int16_t> y) noexcept TACET_REALTIME {
  Accumulate(w, kernels, x, acc);
  for (size_t r = 0; r < y.size(); ++r) {
    y[r] = SaturateToRelu(RoundShift(acc[r], w.shift[r]));
  }
}

}  // namespace tacet
