// SPDX-License-Identifier: Apache-2.0
#include "model/worst_case.h"

#include <algorithm>
#include <chrono>
#include <complex>
#include <vector>

#include "dsp/front_end.h"

namespace tacet {
namespace {

// Enough for the caches to be warm in all but the first.
constexpr int kMeasuredTokens = 16;

}  // namespace

double MeasureWorstCaseSeconds(MaskEstimator& estimator) {
  using Clock = std::chrono::steady_clock;
  const std::vector<float> features(estimator.num_features(), 1.0f);
  std::vector<std::complex<float>> mask(kNumModelBins);
  double worst = 0.0;
  for (int i = 0; i < kMeasuredTokens; ++i) {
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
