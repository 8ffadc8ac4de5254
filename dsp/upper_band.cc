// SPDX-License-Identifier: Apache-2.0
#include "dsp/upper_band.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "dsp/front_end.h"

namespace tacet {
namespace {

// exp(-hop / time constant) with hops of 8 ms.
constexpr float kAttack = 0.2636f;   // 6 ms
constexpr float kRelease = 0.6065f;  // 16 ms

// Below this p_in there is no signal to learn from: -180 dB of a full-scale
// sine's energy in one bin of an unnormalised spectrum.
constexpr float kSilence = 1e-12f;

float Energy(std::complex<float> x) {
  return x.real() * x.real() + x.imag() * x.imag();
}

}  // namespace

void UpperBand::Extend(std::span<const std::complex<float>> spectrum,
                       std::span<std::complex<float>> mask) noexcept {
  assert(static_cast<int>(spectrum.size()) >= kNumModelBins);
  assert(static_cast<int>(mask.size()) > kNumModelBins);
  float energy_in = 0.0f;
  float energy_out = 0.0f;
  for (int k = kFirstBin; k <= kLastBin; ++k) {
    const float energy = Energy(spectrum[k]);
    energy_in += energy;
    // In this order a mask that is not a number counts as 1.
    energy_out += std::min(1.0f, Energy(mask[k])) * energy;
  }
  const float c = energy_out > power_out_ ? kAttack : kRelease;
  power_in_ = c * power_in_ + (1.0f - c) * energy_in;
  power_out_ = c * power_out_ + (1.0f - c) * energy_out;
  gain_ = power_in_ > kSilence
              ? std::sqrt(std::min(1.0f, power_out_ / power_in_))
              : 1.0f;

  constexpr int kBlendSteps = kNumModelBins - kFirstBlendBin + 1;
  for (int k = kFirstBlendBin; k < kNumModelBins; ++k) {
    const float b = static_cast<float>(k - kFirstBlendBin + 1) / kBlendSteps;
    mask[k] = (1.0f - b) * mask[k] + b * gain_;
  }
  std::fill(mask.begin() + kNumModelBins, mask.end(), gain_);
}

void UpperBand::Reset() noexcept {
  power_in_ = 0.0f;
  power_out_ = 0.0f;
  gain_ = 1.0f;
}

}  // namespace tacet
