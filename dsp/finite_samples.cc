// SPDX-License-Identifier: Apache-2.0
#include "dsp/finite_samples.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace tacet {

int MakeFinite(std::span<const float> x, std::span<float> y) noexcept {
  assert(x.size() == y.size());
  int num_changed = 0;
  for (size_t n = 0; n < x.size(); ++n) {
    const float sample = x[n];
    if (std::abs(sample) <= kMaxAbsSample) {  // false for NaN
      y[n] = sample;
      continue;
    }
    y[n] = std::isfinite(sample)
               ? std::clamp(sample, -kMaxAbsSample, kMaxAbsSample)
               : 0.0f;
    ++num_changed;
  }
  return num_changed;
}

}  // namespace tacet
