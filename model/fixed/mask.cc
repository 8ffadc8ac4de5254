// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/mask.h"

#include <cassert>
#include <cmath>
#include <cstddef>

#include "model/fixed/arithmetic.h"

namespace tacet {
namespace {

constexpr double kUnit = 1.0 / (1 << kSigmoidExponent);

std::complex<float> ComplexMask(int32_t g, int64_t u_re,
                                int64_t u_im) noexcept TACET_REALTIME {
  const int64_t square = u_re * u_re + u_im * u_im;  // < 2^34
  if (square == 0) return static_cast<float>(g * kUnit);
  const double modulus = std::sqrt(static_cast<double>(square));
  return {static_cast<float>(static_cast<double>(g * u_re) / modulus * kUnit),
          static_cast<float>(static_cast<double>(g * u_im) / modulus * kUnit)};
}

}  // namespace

void MaskFromFixedOutputs(
    MaskRule rule, int output_exponent, const FixedSigmoid& sigmoid,
    std::span<const int16_t> o,
    std::span<std::complex<float>> mask) noexcept TACET_REALTIME {
  const size_t num_bins = mask.size();
  assert(o.size() == (rule == MaskRule::kComplex ? 3 : 1) * num_bins);
  const int32_t one = int32_t{1} << output_exponent;
  for (size_t k = 0; k < num_bins; ++k) {
    switch (rule) {
      case MaskRule::kOnePlus:
        mask[k] = static_cast<float>(one + o[k]) / static_cast<float>(one);
        break;
      case MaskRule::kSigmoid:
        mask[k] = static_cast<float>(sigmoid(o[k]) * kUnit);
        break;
      case MaskRule::kComplex:
        mask[k] = ComplexMask(sigmoid(o[k]), one + o[num_bins + k],
                              o[2 * num_bins + k]);
        break;
    }
  }
}

}  // namespace tacet
