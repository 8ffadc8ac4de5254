// SPDX-License-Identifier: Apache-2.0
#include "daemon/delay_locked_loop.h"

#include <algorithm>
#include <cassert>
#include <numbers>

namespace tacet {

DelayLockedLoop::DelayLockedLoop(int nominal_rate_hz)
    : frames_per_second_(nominal_rate_hz) {}

void DelayLockedLoop::Relock() noexcept {
  is_relocking_ = true;
  is_block_empty_ = true;
  block_began_s_ = last_s_;
}

void DelayLockedLoop::Update(int64_t now_ns, int n) noexcept {
  assert(n > 0);
  const double now_s = 1e-9 * static_cast<double>(now_ns);
  const double since_s = now_s - last_s_;
  position_ += n;
  const auto position = static_cast<double>(position_);
  if (last_s_ < 0.0 || since_s > kPauseSeconds + 2.0 * n / frames_per_second_) {
    is_locked_ = false;
    Relock();
    block_began_s_ = now_s;
  }
  edge_ = is_block_empty_
              ? position
              : std::max(edge_ + since_s * frames_per_second_, position);
  is_block_empty_ = false;
  last_s_ = now_s;
  if (now_s - block_began_s_ <
      (is_relocking_ ? kFirstBlockSeconds : kBlockSeconds)) {
    return;
  }
  if (is_relocking_) {
    Lock();
  } else {
    Correct();
  }
  block_began_s_ = now_s;
  is_block_empty_ = true;
}

void DelayLockedLoop::Lock() noexcept {
  is_locked_ = true;
  is_relocking_ = false;
  ++num_locks_;
  num_position_blocks_ = 1;
  num_late_ = 0;
  time_s_ = last_s_;
  frames_ = edge_;
}

void DelayLockedLoop::Correct() noexcept {
  const double seconds = last_s_ - time_s_;
  const double predicted = FramesAt(last_s_);
  const double error = edge_ - predicted;
  const double jump = kJumpSeconds * frames_per_second_;
  const bool is_late = error < -jump;
  num_late_ = is_late ? num_late_ + 1 : 0;
  if (error > jump || num_late_ >= kLateBlocks) {
    Lock();
    return;
  }
  time_s_ = last_s_;
  frames_ = predicted;
  if (is_late) return;
  const auto k_position = static_cast<double>(++num_position_blocks_);
  const auto k_rate = static_cast<double>(++num_rate_blocks_);
  const double w = 2.0 * std::numbers::pi * kBandwidthHz * seconds;
  const double a =
      std::max(std::numbers::sqrt2 * w, 2.0 * (2.0 * k_position - 1.0) /
                                            (k_position * (k_position + 1.0)));
  const double b = std::max(w * w, 6.0 / (k_rate * (k_rate + 1.0)));
  frames_ += std::min(a, 1.0) * error;
  frames_per_second_ += std::min(b, 1.0) * error / seconds;
}

}  // namespace tacet
