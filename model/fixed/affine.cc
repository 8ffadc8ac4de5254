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

void RoundToActivation(std::span<const int32_t> acc,
                       std::span<const uint8_t> shift,
                       std::span<int16_t> y) noexcept TACET_REALTIME {
  for (size_t r = 0; r < y.size(); ++r) {
    y[r] = SaturateToActivation(RoundShift(acc[r], shift[r]));
  }
}

void RoundToRelu(std::span<const int32_t> acc, std::span<const uint8_t> shift,
                 std::span<int16_t> y) noexcept TACET_REALTIME {
  for (size_t r = 0; r < y.size(); ++r) {
    y[r] = SaturateToRelu(RoundShift(acc[r], shift[r]));
  }
}

void Apply(const FixedAffine& w, const FixedKernels& kernels,
           std::span<const int16_t> x, std::span<int32_t> acc,
           std::span<int16_t> y) noexcept TACET_REALTIME {
  Accumulate(w, kernels, x, acc);
  kernels.round(acc, w.shift, y);
}

void ApplyRelu(const FixedAffine& w, const FixedKernels& kernels,
               std::span<const int16_t> x, std::span<int32_t> acc,
               std::span<int16_t> y) noexcept TACET_REALTIME {
  Accumulate(w, kernels, x, acc);
  kernels.round_relu(acc, w.shift, y);
}

}  // namespace tacet
