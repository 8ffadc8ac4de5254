// SPDX-License-Identifier: Apache-2.0
#include "dsp/mask_post_filter.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>

#include "dsp/gain.h"
#include "dsp/vector_clones.h"

namespace tacet {
namespace {

inline float Energy(std::complex<float> x) {
  return Rounded(x.real() * x.real()) + Rounded(x.imag() * x.imag());
}

// sqrt(sum_k |M_k|^2 |X_k|^2 / sum_k |X_k|^2)
TACET_VECTOR_CLONES
float HopGain(std::span<const std::complex<float>> spectrum,
              std::span<const std::complex<float>> mask) {
  // As many sums as a vector has lanes, which are added at the same time.
  constexpr size_t kSums = 16;
  float in[kSums] = {}, out[kSums] = {};
  size_t k = 0;
  for (; k + kSums <= mask.size(); k += kSums) {
    for (size_t i = 0; i < kSums; ++i) {
      const float energy = Energy(spectrum[k + i]);
      in[i] += energy;
      out[i] += Rounded(Energy(mask[k + i]) * energy);
    }
  }
  for (; k < mask.size(); ++k) {
    const float energy = Energy(spectrum[k]);
    in[0] += energy;
    out[0] += Rounded(Energy(mask[k]) * energy);
  }
  float total_in = 0.0f, total_out = 0.0f;
  for (size_t i = 0; i < kSums; ++i) {
    total_in += in[i];
    total_out += out[i];
  }
  return std::sqrt(total_out / total_in);
}

TACET_VECTOR_CLONES
void ScaleOdds(float c, std::span<std::complex<float>> mask) {
  for (std::complex<float>& m : mask) {
    // Above 1 by no more than rounding, where c may be less than that.
    const float modulus = std::min(1.0f, std::sqrt(Energy(m)));
    const float factor = c / (1.0f + Rounded((c - 1.0f) * modulus));
    m = {m.real() * factor, m.imag() * factor};
  }
}

}  // namespace

MaskPostFilter::MaskPostFilter(const MaskPostFilterParams& params) noexcept
    : params_(params),
      is_on_(params.bias != 0.0 || params.gain != 0.0 || params.held != 0.0),
      decay_(
          static_cast<float>(std::exp(-1e-3 * Gain::kHopMs / params.hold_s))) {}

void MaskPostFilter::Apply(std::span<const std::complex<float>> spectrum,
                           std::span<std::complex<float>> mask) noexcept {
  assert(spectrum.size() >= mask.size());
  if (!is_on_) return;
  const float gain = HopGain(spectrum, mask);
  if (!std::isfinite(gain)) return;
  held_gain_ = std::max(gain, decay_ * held_gain_);
  const double c = std::exp(
      params_.bias + params_.gain * std::log(std::max(gain, kLeastGain)) +
      params_.held * std::log(std::max(held_gain_, kLeastGain)));
  ScaleOdds(static_cast<float>(c), mask);
}

}  // namespace tacet
