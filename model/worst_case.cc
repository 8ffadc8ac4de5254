// SPDX-License-Identifier: Apache-2.0
#include "model/worst_case.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <complex>
#include <cstdint>
#include <random>
#include <vector>

#include "dsp/front_end.h"

namespace tacet {

void WorstCaseFeatures(int token, std::span<float> features) {
  std::mt19937 engine(static_cast<uint32_t>(token));
  const float scale = std::ldexp(1.0f, -(token % 8));
  for (float& f : features) {
    const uint32_t bits = engine();
    const float modulus =
        scale * (0.25f + 0x1p-30f * static_cast<float>(bits >> 1));
    f = bits % 2 == 0 ? modulus : -modulus;
  }
}

double MeasureWorstCaseSeconds(MaskEstimator& estimator) {
  using Clock = std::chrono::steady_clock;
  std::vector<float> features(estimator.num_features());
  std::vector<std::complex<float>> mask(kNumModelBins);
  double worst = 0.0;
  for (int i = 0; i < kWorstCaseTokens; ++i) {
    WorstCaseFeatures(i, features);
    const Clock::time_point start = Clock::now();
    estimator.Submit(features);
    estimator.Collect(mask);
    worst = std::max(
        worst, std::chrono::duration<double>(Clock::now() - start).count());
  }
  estimator.Reset();
  return worst;
}

}  // namespace tacet
