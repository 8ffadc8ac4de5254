// SPDX-License-Identifier: Apache-2.0
#include "daemon/delay_locked_loop.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

#include "gtest/gtest.h"
#include "tests/daemon/uneven_callbacks.h"

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
         std::abs(loop.frames_per_second() * clock.seconds_per_frame() - 1.0);
}

// By how much the line says that callback k, which has just come, was later
// than it was due.
double LateS(const DelayLockedLoop& loop, const JitteryClock& clock,
             int64_t k) {
  return loop.due_s() - clock.TrueTime(k);
}

TEST(DelayLockedLoop, FindsTheRateThroughJitter) {
  for (const double ppm : {-1000.0, 0.0, 1000.0}) {
    JitteryClock clock(ppm, 1e-3);
    DelayLockedLoop loop(kRateHz);
    const int second = kRateHz / kPeriod;  // callbacks
    int64_t k = 0;
    for (; k < 5 * second; ++k) loop.Update(clock.CallbackNs(k), kPeriod);
    EXPECT_LT(RateErrorPpm(loop, clock), 40.0) << ppm;
    double worst = 0.0;
    double worst_late_s = 0.0;
    for (; k < 60 * second; ++k) {
      loop.Update(clock.CallbackNs(k), kPeriod);
      if (k < 10 * second) continue;
      worst = std::max(worst, RateErrorPpm(loop, clock));
      worst_late_s = std::max(worst_late_s, std::abs(LateS(loop, clock, k)));
    }
    EXPECT_LT(worst, 25.0) << ppm;
    // Of a block some are in time.
    EXPECT_LT(worst_late_s, 0.1e-3) << ppm;
  }
}

TEST(DelayLockedLoop, IsExactWithoutJitter) {
  JitteryClock clock(321.0, 0.0);
  DelayLockedLoop loop(kRateHz);
  const int64_t num_callbacks = 60 * kRateHz / kPeriod;
  for (int64_t k = 0; k < num_callbacks; ++k) {
    loop.Update(clock.CallbackNs(k), kPeriod);
  }
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

TEST(DelayLockedLoop, TheSizesOfCallbacksDoNotMatter) {
  UnevenParams params;
  params.playback_ppm = 300.0;
  params.seconds = 20.0;
  DelayLockedLoop loop(kRateHz);
  for (const UnevenCallback& callback : UnevenCallbacks(params)) {
    if (!callback.is_playback) continue;
    loop.Update(callback.now_ns, callback.num_frames);
    if (callback.now_ns < 5'000'000'000) continue;
    EXPECT_NEAR(1e6 * (loop.frames_per_second() / kRateHz - 1.0), 300.0, 20.0);
  }
}

TEST(DelayLockedLoop, ALateCallbackDoesNotMoveIt) {
  JitteryClock clock(0.0, 0.0);
  DelayLockedLoop loop(kRateHz);
  int64_t k = 0;
  for (; k < 2000; ++k) loop.Update(clock.CallbackNs(k), kPeriod);
  loop.Update(clock.CallbackNs(k) + 100'000'000, kPeriod);
  EXPECT_NEAR(LateS(loop, clock, k), 0.0, 1e-6);
}

TEST(DelayLockedLoop, AHeldUpBlockDoesNotMoveIt) {
  JitteryClock clock(0.0, 0.0);
  DelayLockedLoop loop(kRateHz);
  for (int64_t k = 0; k < 3000; ++k) {
    // Half a second of callbacks come together at its end.
    const int64_t held_ns = k >= 2000 && k < 2090 ? clock.CallbackNs(2090) : 0;
    loop.Update(std::max(clock.CallbackNs(k), held_ns), kPeriod);
    if (k > 100) ASSERT_NEAR(LateS(loop, clock, k), 0.0, 1e-6) << k;
  }
}

TEST(DelayLockedLoop, FollowsAJumpThatLasts) {
  JitteryClock clock(0.0, 0.0);
  for (const double jump_s : {0.3, -0.02}) {
    DelayLockedLoop loop(kRateHz);
    int64_t k = 0;
    for (; k < 2000; ++k) loop.Update(clock.CallbackNs(k), kPeriod);
    const auto jump_ns = static_cast<int64_t>(1e9 * jump_s);
    const int num_locks = loop.num_locks();
    const int64_t until = k + 2 * kRateHz / kPeriod;
    for (; k < until; ++k) loop.Update(clock.CallbackNs(k) + jump_ns, kPeriod);
    EXPECT_NEAR(LateS(loop, clock, k - 1), jump_s, 1e-6);
    EXPECT_LT(RateErrorPpm(loop, clock), 1.0);
    EXPECT_EQ(loop.num_locks(), num_locks + 1);
  }
}

TEST(DelayLockedLoop, BeginsAnewAfterAPause) {
  JitteryClock clock(0.0, 0.0);
  DelayLockedLoop loop(kRateHz);
  int64_t k = 0;
  for (; k < 2000; ++k) loop.Update(clock.CallbackNs(k), kPeriod);
  const int64_t pause_ns = 3'000'000'000;
  loop.Update(clock.CallbackNs(k++) + pause_ns, kPeriod);
  EXPECT_FALSE(loop.is_locked());
  const int64_t until = k + kRateHz / kPeriod / 5;
  for (; k < until; ++k) loop.Update(clock.CallbackNs(k) + pause_ns, kPeriod);
  EXPECT_TRUE(loop.is_locked());
  EXPECT_NEAR(LateS(loop, clock, k - 1), 3.0, 1e-6);
}

}  // namespace
}  // namespace tacet
