// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/affine.h"

#include <cstddef>

#include "model/fixed/arithmetic.h"

namespace tacet {
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
  kernels.multiply(w.weight, x, w.bias, acc);
  kernels.round(acc, w.shift, y);
}

void ApplyRelu(const FixedAffine& w, const FixedKernels& kernels,
               std::span<const int16_t> x, std::span<int32_t> acc,
               std::span<int16_t> y) noexcept TACET_REALTIME {
  kernels.multiply(w.weight, x, w.bias, acc);
  kernels.round_relu(acc, w.shift, y);
}

}  // namespace tacet
