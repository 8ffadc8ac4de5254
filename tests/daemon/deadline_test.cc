// SPDX-License-Identifier: Apache-2.0
#include "daemon/deadline.h"

#include <gtest/gtest.h>

namespace tacet {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int kRateHz = 48000;

Deadline TwoClocks(int period_frames) {
  return Deadline({.sample_rate_hz = kRateHz, .period_frames = period_frames},
                  ClockDomain::kTwo);
}

// Callbacks of n frames at their times, or as soon as the one before is over,
// of which each that holds a hop's end works for work_ns. Counts the misses.
int NumMisses(Deadline deadline, int n, int64_t work_ns, int num_callbacks) {
  constexpr int kHop = 384;
  int64_t end_ns = 0;
  int num_misses = 0;
  for (int64_t i = 1; i <= num_callbacks; ++i) {
    const int64_t due_ns = i * n * 1'000'000'000 / kRateHz;
    const int64_t start_ns = std::max(due_ns, end_ns);
    const int64_t num_hops = i * n / kHop - (i - 1) * n / kHop;
    end_ns = start_ns + num_hops * work_ns;
    num_misses += deadline.IsMissed(start_ns, end_ns, n) ? 1 : 0;
  }
  return num_misses;
}

TEST(Deadline, OfOneClockIsTheCallbacksOwnLength) {
  Deadline deadline({.sample_rate_hz = kRateHz, .period_frames = 480},
                    ClockDomain::kOne);
  EXPECT_FALSE(deadline.IsMissed(0, 10 * kMs, 480));
  EXPECT_TRUE(deadline.IsMissed(10 * kMs, 20 * kMs + 1, 480));
  EXPECT_TRUE(deadline.IsMissed(30 * kMs, 31 * kMs, 47));
  EXPECT_FALSE(deadline.IsMissed(40 * kMs, 41 * kMs, 48));
}

TEST(Deadline, OfTwoClocksIsWhenWhatIsBufferedRunsOut) {
  // 10 ms and 2 ms are ahead when the last frame comes; 12 ms less the piece's
  // own length when its first is wanted.
  EXPECT_FALSE(TwoClocks(480).IsMissed(0, 2 * kMs, 480));
  EXPECT_TRUE(TwoClocks(480).IsMissed(0, 2 * kMs + 1, 480));
  EXPECT_FALSE(TwoClocks(480).IsMissed(0, 7 * kMs, 240));
  EXPECT_TRUE(TwoClocks(480).IsMissed(0, 7 * kMs + 1, 240));
}

TEST(Deadline, IsNotShortForASmallPieceThatHoldsAHop) {
  for (const int n : {1, 7, 16, 48, 160}) {
    EXPECT_EQ(NumMisses(TwoClocks(480), n, 3 * kMs, 20000), 0) << n;
  }
}

TEST(Deadline, IsMissedByWorkThatTakesLongerThanTheSound) {
  // A hop lasts 8 ms: no piece alone takes too long, all of them do.
  for (const int n : {7, 16, 48, 160}) {
    const int callbacks = 10 * kRateHz / n;
    EXPECT_EQ(NumMisses(TwoClocks(480), n, 7 * kMs, callbacks), 0) << n;
    EXPECT_GT(NumMisses(TwoClocks(480), n, 83 * kMs / 10, callbacks), 10) << n;
  }
}

TEST(Deadline, IsMissedOnceByAPause) {
  Deadline deadline = TwoClocks(480);
  EXPECT_FALSE(deadline.IsMissed(0, kMs, 240));
  // Stopped for 2 s at work, then the server hands over what it kept.
  EXPECT_TRUE(deadline.IsMissed(5 * kMs, 2005 * kMs, 240));
  EXPECT_FALSE(deadline.IsMissed(2005 * kMs, 2007 * kMs, 9600));
  for (int i = 0; i < 100; ++i) {
    const int64_t start_ns = (2010 + 5 * i) * kMs;
    EXPECT_FALSE(deadline.IsMissed(start_ns, start_ns + kMs, 240)) << i;
  }
}

TEST(Deadline, DoesNotCountTheServersLateness) {
  Deadline deadline = TwoClocks(480);
  int64_t start_ns = 0;
  for (const int pause_ms : {5, 40, 1000, 5}) {
    start_ns += pause_ms * kMs;
    for (int piece = 0; piece < 4; ++piece) {  // all at once
      EXPECT_FALSE(deadline.IsMissed(start_ns, start_ns + kMs, 240));
      start_ns += kMs;
    }
  }
}

}  // namespace
}  // namespace tacet
