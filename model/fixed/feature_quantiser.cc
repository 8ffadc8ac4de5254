// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/feature_quantiser.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>

#include "model/fixed/arithmetic.h"

namespace tacet {

void QuantiseFeatures(std::span<const float> features, int exponent,
                      std::span<int16_t> q) noexcept TACET_REALTIME {
  assert(features.size() == q.size());
  const double scale = std::ldexp(1.0, exponent);
  constexpr double kLimit = kMaxActivation;
  for (size_t k = 0; k < q.size(); ++k) {
    const double rounded = std::floor(features[k] * scale + 0.5);
    q[k] = static_cast<int16_t>(std::clamp(rounded, -kLimit, kLimit));
  }
}

}  // namespace tacet
