// SPDX-License-Identifier: Apache-2.0
#include "daemon/loopback_tape.h"

#include <vector>

#include "gtest/gtest.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

constexpr int64_t kMs = 1'000'000;

TEST(LoopbackTape, KnowsWhenEachSampleWasThere) {
  LoopbackTape tape(1000, 1.0);  // a sample a millisecond
  tape.Append(std::vector<float>(10, 0.5f), 100 * kMs);
  // 5 ms late.
  tape.Append(std::vector<float>(10, 0.25f), 115 * kMs);
  ASSERT_EQ(tape.samples().size(), 20u);
  EXPECT_EQ(tape.samples()[10], 0.25f);
  EXPECT_EQ(tape.TimeNs(0), 90 * kMs);
  EXPECT_EQ(tape.TimeNs(9), 99 * kMs);
  EXPECT_EQ(tape.TimeNs(10), 105 * kMs);
  EXPECT_EQ(tape.FrameAt(0), 0u);
  EXPECT_EQ(tape.FrameAt(95 * kMs), 5u);
  EXPECT_EQ(tape.FrameAt(102 * kMs), 10u);  // in the gap
  EXPECT_EQ(tape.FrameAt(107 * kMs), 12u);
  EXPECT_EQ(tape.FrameAt(116 * kMs), 20u);
}

TEST(LoopbackTape, TakesNoMoreThanItHolds) {
  LoopbackTape tape(1000, 0.1);
  for (int i = 0; i < 100; ++i) tape.Append(std::vector<float>(3), i * 3 * kMs);
  EXPECT_LE(tape.samples().size(), 100u);
  LoopbackTape empty(1000, 0.1);
  empty.Append(std::vector<float>(101), kMs);
  EXPECT_TRUE(empty.samples().empty());
  EXPECT_EQ(empty.FrameAt(0), 0u);
}

TEST(LoopbackTape, AppendIsRealtimeSafe) {
  LoopbackTape tape(48000, 1.0);
  const std::vector<float> block(256);
  const RealtimeGuard::Counts counts =
      CountRealtimeViolations([&] { tape.Append(block, 1); });
  EXPECT_EQ(counts.total(), 0);
}

}  // namespace
}  // namespace tacet
