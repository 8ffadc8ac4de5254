// SPDX-License-Identifier: Apache-2.0
#include "model/mask.h"

#include <cassert>
#include <cmath>
#include <cstddef>

namespace tacet {
namespace {

// Below this modulus the phase of u says nothing.
constexpr float kLeastModulus = 1e-6f;

std::complex<float> ComplexMask(float o, float u_re, float u_im) noexcept {
  const float magnitude = Sigmoid(o);
  const float modulus = std::hypot(u_re, u_im);
  if (modulus < kLeastModulus) return {magnitude, 0.0f};
  return {magnitude * (u_re / modulus), magnitude * (u_im / modulus)};
}

// +24 dB.
constexpr float kMostOfOnePlus = 16.0f;

}  // namespace

float MaxMaskModulus(MaskRule rule) {
  return rule == MaskRule::kOnePlus ? kMostOfOnePlus : 1.0f;
}

void MaskFromOutputs(MaskRule rule, std::span<const float> o,
                     std::span<std::complex<float>> mask) noexcept
    TACET_REALTIME {
  const size_t num_bins = mask.size();
  assert(o.size() == (rule == MaskRule::kComplex ? 3 : 1) * num_bins);
  for (size_t k = 0; k < num_bins; ++k) {
    switch (rule) {
      case MaskRule::kOnePlus:
        mask[k] = 1.0f + o[k];
        break;
      case MaskRule::kSigmoid:
        mask[k] = Sigmoid(o[k]);
        break;
      case MaskRule::kComplex:
        mask[k] =
            ComplexMask(o[k], 1.0f + o[num_bins + k], o[2 * num_bins + k]);
        break;
    }
  }
}

}  // namespace tacet
