// SPDX-License-Identifier: Apache-2.0
#include "model/unit_estimator.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tacet {

bool UnitEstimator::Submit(std::span<const float> features) noexcept
    TACET_REALTIME {
  if (pending_) return false;
  pending_ =
      std::ranges::all_of(features, [](float f) { return std::isfinite(f); });
  return pending_;
}

bool UnitEstimator::Collect(std::span<std::complex<float>> mask) noexcept
    TACET_REALTIME {
  if (!std::exchange(pending_, false)) return false;
  std::ranges::fill(mask, mask_);
  return true;
}

bool UnitEstimator::ImportState(std::span<const float> state) noexcept
    TACET_REALTIME {
  if (!state.empty()) return false;
  pending_ = false;
  return true;
}

}  // namespace tacet
