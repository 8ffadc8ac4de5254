// SPDX-License-Identifier: Apache-2.0
#include "dsp/gain.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "dsp/vector_clones.h"

namespace tacet {
namespace {

// Below this |S| has no phase worth keeping (-200 dB).
constexpr float kNoPhase = 1e-10f;

// Squares do: gains are far from the ends of a float's range. std::abs would
// guard against those at several times the cost.
bool IsBelow(std::complex<float> s, float min_gain) {
  return std::norm(s) < min_gain * min_gain;
}

// With the phase of s.
std::complex<float> MinGainLike(std::complex<float> s, float min_gain) {
  const float magnitude = std::sqrt(std::norm(s));
  if (magnitude < kNoPhase) return min_gain;
  return s * (min_gain / magnitude);
}

// gain = min_gain + (1 - min_gain) mask, 1 where the mask is not finite.
// Returns how many of them are below min_gain.
TACET_VECTOR_CLONES
int Blend(std::span<const std::complex<float>> mask, float min_gain,
          std::span<std::complex<float>> gain) {
  constexpr float kMost = std::numeric_limits<float>::max();
  int num_below = 0;
  // No branches and no calls: a compiler makes vectors of it.
  for (size_t k = 0; k < mask.size(); ++k) {
    const float re = mask[k].real(), im = mask[k].imag();
    const int is_finite =
        int{std::abs(re) <= kMost} & int{std::abs(im) <= kMost};
    const float a = min_gain + (1.0f - min_gain) * (is_finite != 0 ? re : 1.0f);
    const float b = (1.0f - min_gain) * (is_finite != 0 ? im : 0.0f);
    gain[k] = {a, b};
    num_below += a * a + b * b < min_gain * min_gain;
  }
  return num_below;
}

// gain = wet gain + (1 - wet)
TACET_VECTOR_CLONES
void Mix(float wet, std::span<std::complex<float>> gain) {
  for (std::complex<float>& g : gain) g = wet * g + (1.0f - wet);
}

}  // namespace

absl::Status ValidateStrength(const Strength& strength) {
  if (strength.attenuation_limit_db >= 0.0f) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("attenuation limit is ",
                                                 strength.attenuation_limit_db,
                                                 " dB, expected 0 or more"));
}

float MinGain(const Strength& strength) noexcept {
  if (!(strength.attenuation_limit_db > 0.0f)) return 1.0f;
  return std::pow(10.0f, -strength.attenuation_limit_db / 20.0f);
}

Gain::Gain(Strength strength, bool bypass) noexcept {
  SetStrength(strength);
  SetBypass(bypass);
  Reset();
}

void Gain::SetStrength(Strength strength) noexcept {
  min_gain_.Start(MinGain(strength));
}

void Gain::SetMix(float wet) noexcept {
  wet_.Start(std::isnan(wet) ? 1.0f : std::clamp(wet, 0.0f, 1.0f));
}

void Gain::NextHop() noexcept {
  min_gain_.Step();
  wet_.Step();
}

void Gain::Apply(std::span<const std::complex<float>> mask,
                 std::span<std::complex<float>> gain) const noexcept {
  assert(mask.size() == gain.size());
  const float min_gain = min_gain_.value;
  const float wet = wet_.value;
  if (Blend(mask, min_gain, gain) > 0) {
    for (std::complex<float>& g : gain) {
      if (IsBelow(g, min_gain)) g = MinGainLike(g, min_gain);
    }
  }
  if (wet != 1.0f) Mix(wet, gain);
}

void Gain::Reset() noexcept {
  min_gain_.Finish();
  wet_.Finish();
}

void Gain::Ramp::Start(float new_target) noexcept {
  // Setting the same value again, as a control loop may every hop, must not
  // hold a ramp back.
  if (new_target == target) return;
  target = new_target;
  hops_left = kRampHops;
}

void Gain::Ramp::Step() noexcept {
  if (hops_left == 0) return;
  value += (target - value) / static_cast<float>(hops_left);
  if (--hops_left == 0) value = target;
}

void Gain::Ramp::Finish() noexcept {
  value = target;
  hops_left = 0;
}

}  // namespace tacet
