// SPDX-License-Identifier: Apache-2.0
#include "daemon/spsc_ring.h"

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

TEST(SpscRing, RefusesWhatDoesNotFitWhole) {
  SpscRing ring(4);
  const std::vector<float> three = {1, 2, 3};
  EXPECT_TRUE(ring.Write(three));
  EXPECT_FALSE(ring.Write(three));
  EXPECT_EQ(ring.fill(), 3);
  std::vector<float> four(4);
  EXPECT_FALSE(ring.Read(four));
  std::vector<float> out(3);
  EXPECT_TRUE(ring.Read(out));
  EXPECT_EQ(out, three);
  EXPECT_EQ(ring.fill(), 0);
}

TEST(SpscRing, CanBeFilledToItsCapacity) {
  SpscRing ring(3);
  EXPECT_TRUE(ring.Write(std::vector<float>{1, 2, 3}));
  EXPECT_EQ(ring.fill(), 3);
  EXPECT_FALSE(ring.Write(std::vector<float>{4}));
}

TEST(SpscRing, SkipDropsTheOldestAndNoMoreThanThereAre) {
  SpscRing ring(5);
  EXPECT_TRUE(ring.Write(std::vector<float>{1, 2, 3}));
  EXPECT_EQ(ring.Skip(2), 2);
  EXPECT_EQ(ring.Skip(-1), 0);
  std::vector<float> out(1);
  EXPECT_TRUE(ring.Read(out));
  EXPECT_EQ(out[0], 3.0f);
  EXPECT_EQ(ring.Skip(9), 0);
}

TEST(SpscRing, KeepsOrderBetweenThreads) {
  constexpr int kTotal = 200000;
  SpscRing ring(97);
  std::thread writer([&ring] {
    float next = 0.0f;
    for (int sent = 0; sent < kTotal;) {
      std::vector<float> chunk(std::min(1 + sent % 31, kTotal - sent));
      for (float& sample : chunk) sample = next++;
      while (!ring.Write(chunk)) std::this_thread::yield();
      sent += static_cast<int>(chunk.size());
    }
  });
  int wrong = 0;
  float expected = 0.0f;
  for (int got = 0; got < kTotal;) {
    std::vector<float> chunk(std::min(1 + got % 29, kTotal - got));
    while (!ring.Read(chunk)) std::this_thread::yield();
    for (const float sample : chunk) wrong += sample != expected++;
    got += static_cast<int>(chunk.size());
  }
  writer.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(ring.fill(), 0);
}

TEST(SpscRing, IsRealtimeSafe) {
  SpscRing ring(100);
  std::vector<float> chunk(30);
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    for (int i = 0; i < 10; ++i) {
      ring.Write(chunk);
      ring.Read(chunk);
      ring.Skip(1);
    }
  });
  EXPECT_EQ(counts.total(), 0);
}

}  // namespace
}  // namespace tacet
