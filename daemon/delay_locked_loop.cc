// SPDX-License-Identifier: Apache-2.0
#include "daemon/delay_locked_loop.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

namespace tacet {
namespace {

constexpr double kMeanCallbacks = 16.0;

}  // namespace

DelayLockedLoop::DelayLockedLoop(int nominal_rate_hz)
    : seconds_per_frame_(1.0 / nominal_rate_hz) {}

void DelayLockedLoop::Update(int64_t now_ns, int n) noexcept {
  assert(n > 0);
  const double now_s = 1e-9 * static_cast<double>(now_ns);
  if (num_since_lock_ == 0) {
    time_s_ = now_s;
    num_since_lock_ = 1;
    num_callbacks_ = std::max<int64_t>(num_callbacks_, 1);
    num_far_ = 0;
    return;
  }
  const double span = n * seconds_per_frame_;
  const double error = now_s - (time_s_ + span);
  if (std::abs(error) > std::max(kJumpSeconds, 2.0 * span)) {
    // Not believed until it lasts: a late callback is made up for by the next.
    time_s_ += span;
    if (++num_far_ < kJumpCallbacks) return;
    Relock();
    Update(now_ns, n);  // once: takes the first branch
    return;
  }
  num_far_ = 0;
  // Callbacks may come in pieces. An error over a single frame says nothing
  // of the rate, over the usual number it does.
  mean_n_ = mean_n_ == 0.0 ? n : mean_n_ + (n - mean_n_) / kMeanCallbacks;
  ++num_since_lock_;
  ++num_callbacks_;
  const double k_time = static_cast<double>(num_since_lock_);
  const double k_rate = static_cast<double>(num_callbacks_);
  const double w = 2.0 * std::numbers::pi * kBandwidthHz * span;
  const double a =
      std::max(std::numbers::sqrt2 * w,
               2.0 * (2.0 * k_time - 1.0) / (k_time * (k_time + 1.0)));
  const double b = std::max(w * w, 6.0 / (k_rate * (k_rate + 1.0)));
  time_s_ += span + std::min(a, 1.0) * error;
  seconds_per_frame_ += std::min(b, 1.0) * error / mean_n_;
}

}  // namespace tacet
