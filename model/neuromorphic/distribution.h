// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_DISTRIBUTION_H_
#define TACET_MODEL_NEUROMORPHIC_DISTRIBUTION_H_

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "dsp/realtime.h"

namespace tacet {

// Quantiles of any number of positive values in constant memory: bins whose
// edges are 1 % apart, so that a quantile is within 0.5 % of the true one. Mean
// and maximum are exact.
class Distribution {
 public:
  // Values outside 1e-3..1e15 count into the first or last bin.
  void Add(double value) noexcept TACET_REALTIME {
    const double position = std::log(std::max(value, kLeast) / kLeast) / kStep;
    const auto bin = static_cast<size_t>(
        std::min(position, static_cast<double>(kNumBins - 1)));
    ++bins_[bin];
    ++count_;
    sum_ += value;
    max_ = std::max(max_, value);
  }

  // The value that a share q of all does not exceed; 0 where there is none.
  double Quantile(double q) const {
    if (count_ == 0) return 0;
    const auto rank =
        static_cast<uint64_t>(std::ceil(q * static_cast<double>(count_)));
    uint64_t seen = 0;
    for (size_t bin = 0; bin < kNumBins; ++bin) {
      seen += bins_[bin];
      if (seen < std::max<uint64_t>(rank, 1)) continue;
      const double middle =
          kLeast * std::exp((static_cast<double>(bin) + 0.5) * kStep);
      return std::min(middle, max_);
    }
    return max_;
  }

  uint64_t count() const { return count_; }
  double mean() const {
    return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
  }
  double sum() const { return sum_; }
  double max() const { return max_; }

 private:
  static constexpr double kLeast = 1e-3;
  static constexpr double kStep = 0.00995033085;  // ln 1.01
  static constexpr size_t kNumBins = 4166;        // to 1e15

  std::array<uint32_t, kNumBins> bins_ = {};
  uint64_t count_ = 0;
  double sum_ = 0;
  double max_ = 0;
};

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_DISTRIBUTION_H_
