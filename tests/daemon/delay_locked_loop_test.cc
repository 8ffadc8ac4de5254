// SPDX-License-Identifier: Apache-2.0
#include "daemon/delay_locked_loop.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

#include "gtest/gtest.h"

namespace tacet {
namespace {

constexpr int kRateHz = 48000;
constexpr int kPeriod = 256;

// Callback k of a clock that is off by ppm, late by 0..jitter.
class JitteryClock {
 public:
  JitteryClock(double ppm, double jitter_s)
      : seconds_per_frame_(1.0 / (kRateHz * (1.0 + 1e-6 * ppm))),
        jitter_(0.0, jitter_s) {}
  double TrueTime(int64_t k) const { return k * kPeriod * seconds_per_frame_; }
  int64_t CallbackNs(int64_t k) {
    return std::llround(1e9 * (TrueTime(k) + jitter_(random_)));
  }
  double seconds_per_frame() const { return seconds_per_frame_; }

 private:
  double seconds_per_frame_;
  std::minstd_rand random_{7};
  std::uniform_real_distribution<double> jitter_;
};

double RateErrorPpm(const DelayLockedLoop& loop, const JitteryClock& clock) {
  return 1e6 *
         std::abs(loop.seconds_per_frame() / clock.seconds_per_frame() - 1.0);
}

TEST(DelayLockedLoop, FindsTheRateThroughJitter) {
  for (const double ppm : {-1000.0, 0.0, 1000.0}) {
    JitteryClock clock(ppm, 1e-3);
    DelayLockedLoop loop(kRateHz);
    const int seconds = kRateHz / kPeriod;  // callbacks
    int64_t k = 0;
    for (; k < 5 * seconds; ++k) loop.Update(clock.CallbackNs(k), kPeriod);
    EXPECT_LT(RateErrorPpm(loop, clock), 40.0) << ppm;
    double worst = 0.0;
    double worst_time_s = 0.0;
    for (; k < 60 * seconds; ++k) {
      loop.Update(clock.CallbackNs(k), kPeriod);
      if (k < 10 * seconds) continue;
      worst = std::max(worst, RateErrorPpm(loop, clock));
      // The mean delay of uniform jitter stays.
      worst_time_s = std::max(
          worst_time_s, std::abs(loop.time_s() - clock.TrueTime(k) - 0.5e-3));
    }
    EXPECT_LT(worst, 25.0) << ppm;
    EXPECT_LT(worst_time_s, 0.1e-3) << ppm;
  }
}

TEST(DelayLockedLoop, IsExactWithoutJitter) {
  JitteryClock clock(321.0, 0.0);
  DelayLockedLoop loop(kRateHz);
  for (int64_t k = 0; k < 1000; ++k) loop.Update(clock.CallbackNs(k), kPeriod);
  EXPECT_LT(RateErrorPpm(loop, clock), 0.01);
}

TEST(DelayLockedLoop, FindsTheRateOfCallbacksThatComeInPieces) {
  JitteryClock clock(200.0, 2e-3);
  DelayLockedLoop loop(kRateHz);
  for (int64_t k = 0; k < 10 * kRateHz / kPeriod; ++k) {
    const int64_t now_ns = clock.CallbackNs(k);
    loop.Update(now_ns, kPeriod - 1);
    loop.Update(now_ns + 20'000, 1);
  }
  EXPECT_LT(RateErrorPpm(loop, clock), 50.0);
}

TEST(DelayLockedLoop, ALateCallbackDoesNotMoveIt) {
  JitteryClock clock(0.0, 0.0);
  DelayLockedLoop loop(kRateHz);
  int64_t k = 0;
  for (; k < 2000; ++k) loop.Update(clock.CallbackNs(k), kPeriod);
  loop.Update(clock.CallbackNs(k) + 100'000'000, kPeriod);
  EXPECT_NEAR(loop.time_s(), clock.TrueTime(k), 1e-6);
}

TEST(DelayLockedLoop, FollowsAJumpThatLasts) {
  JitteryClock clock(0.0, 0.0);
  DelayLockedLoop loop(kRateHz);
  int64_t k = 0;
  for (; k < 2000; ++k) loop.Update(clock.CallbackNs(k), kPeriod);
  const int64_t jump_ns = 300'000'000;
  for (int i = 0; i < DelayLockedLoop::kJumpCallbacks; ++i, ++k) {
    loop.Update(clock.CallbackNs(k) + jump_ns, kPeriod);
  }
  EXPECT_NEAR(loop.time_s(), clock.TrueTime(k - 1) + 0.3, 1e-6);
  EXPECT_LT(RateErrorPpm(loop, clock), 1.0);
}

}  // namespace
}  // namespace tacet
