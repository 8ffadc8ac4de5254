// SPDX-License-Identifier: Apache-2.0
#include "model/feature.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>

#include "dsp/vector_clones.h"
#include "model/kernels/power.h"

namespace tacet {
namespace {

// Below this, 1 − λ^{t+1} is 1 and is no longer followed.
constexpr double kStartUpIsOver = 1e-7;
// Of the floor: what is less is silent.
constexpr double kSilence = 0.5;
// A partial that stands out more than this has no more to say by its phase.
constexpr float kMostPhaseWeight = 3.0f;

// Also takes a NaN to 0: every comparison with it is false.
TACET_VECTOR_CLONES
void Limit(std::span<const float> magnitude,
           std::span<float> limited) noexcept {
  for (size_t k = 0; k < limited.size(); ++k) {
    const float m = magnitude[k];
    limited[k] = m > 0.0f ? std::min(m, Feature::kMaxMagnitude) : 0.0f;
  }
}

TACET_VECTOR_CLONES
void Multiply(float factor, std::span<float> x) noexcept {
  for (float& v : x) v *= factor;
}

static_assert(kNumPhaseBins % 4 == 0, "(-j)^k is applied four bins at a time");

// The phase features re, im [kNumPhaseBins] of f and the turns z; 0 where |z|^2
// is 0 or not finite.
TACET_VECTOR_CLONES
void PhaseFeatures(std::span<const float> f,
                   std::span<const std::complex<float>> z, std::span<float> re,
                   std::span<float> im) noexcept {
  // Without a branch, so that a compiler makes vectors of it.
  for (size_t k = 0; k < z.size(); ++k) {
    const float a = z[k].real(), b = z[k].imag();
    const float norm = a * a + b * b;
    const bool is_usable =
        norm > 0.0f && norm <= std::numeric_limits<float>::max();
    const float weight = f[k] < kMostPhaseWeight ? f[k] : kMostPhaseWeight;
    const float scale = weight / std::sqrt(is_usable ? norm : 1.0f);
    re[k] = is_usable ? scale * a : 0.0f;
    im[k] = is_usable ? scale * b : 0.0f;
  }
  for (size_t k = 0; k < z.size(); k += 4) {  // times 1, -j, -1, j
    re[k + 1] = std::exchange(im[k + 1], -re[k + 1]);
    re[k + 2] = -re[k + 2];
    im[k + 2] = -im[k + 2];
    re[k + 3] = -std::exchange(im[k + 3], re[k + 3]);
  }
}

// The features above [K] of compressed magnitudes c and their floor, which
// follows them: at once where it begins with them.
TACET_VECTOR_CLONES
void FloorFeatures(std::span<const float> c, bool is_first,
                   std::span<float> floor, std::span<float> above) noexcept {
  constexpr float kHop = static_cast<float>(1.0 / kTokensPerSecond);
  constexpr float kUp = kHop / Feature::kFloorUpSeconds;
  constexpr float kDown = kHop / Feature::kFloorDownSeconds;
  for (size_t k = 0; k < floor.size(); ++k) {
    const float before = is_first ? c[k] : floor[k];
    const float change = c[k] - before;
    floor[k] = before + (change > 0.0f ? kUp : kDown) * change;
    above[k] = std::min(c[k] / std::max(floor[k], Feature::kFloorLeast),
                        Feature::kFloorMost);
  }
}

// Several sums at once: one addition would wait for the other.
TACET_VECTOR_CLONES
double Sum(std::span<const float> x) noexcept {
  constexpr size_t kSums = 8;
  std::array<double, kSums> sums{};
  size_t k = 0;
  for (; k + kSums <= x.size(); k += kSums) {
    for (size_t i = 0; i < kSums; ++i) sums[i] += x[k + i];
  }
  for (; k < x.size(); ++k) sums[k % kSums] += x[k];
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace

Feature::Feature(const FeatureParams& params)
    : params_(params),
      lambda_(std::exp(-1.0 / (kTokensPerSecond * params.time_s))) {}

bool Feature::Compute(
    std::span<const float> magnitude, std::span<float> features,
    std::span<const std::complex<float>> turn) noexcept TACET_REALTIME {
  assert(features.size() == static_cast<size_t>(num_features()));
  assert(magnitude.size() == static_cast<size_t>(kNumModelBins));
  assert(turn.size() == (params_.has_phase() ? kNumPhaseBins : 0));
  const std::span<float> all = features;
  features = features.first(magnitude.size());

  if (params_.kind == FeatureKind::kMagnitude) {
    const float offset = static_cast<float>(params_.offset);
    Limit(magnitude, features);
    for (float& f : features) f -= offset;
    return true;
  }

  // 1. c_k and e_t
  Limit(magnitude, features);
  Power(features, params_.power, features);
  const double e = Sum(features) / static_cast<double>(features.size());
  if (e < kSilence * params_.floor) {
    std::fill(all.begin(), all.end(), 0.0f);
    return false;
  }

  // 2. The floor, while features are still c_k
  if (params_.has_floor()) {
    FloorFeatures(features, lambda_power_ == 1.0, slow_floor_,
                  all.last(kNumModelBins));
  }

  // 3. The level
  u_ = lambda_ * u_ + (1.0 - lambda_) * e;
  lambda_power_ *= lambda_;
  if (lambda_power_ < kStartUpIsOver) lambda_power_ = 0.0;
  const double level = u_ / (1.0 - lambda_power_);

  // 4. f_k
  const float scale = static_cast<float>(1.0 / std::max(level, params_.floor));
  Multiply(scale, features);

  // 5. The phase
  if (params_.has_phase()) {
    const std::span<float> phase =
        all.subspan(features.size(), 2 * kNumPhaseBins);
    PhaseFeatures(features, turn, phase.first(kNumPhaseBins),
                  phase.last(kNumPhaseBins));
  }
  return true;
}

void Feature::Reset() noexcept TACET_REALTIME {
  u_ = 0.0;
  lambda_power_ = 1.0;
}

}  // namespace tacet
