// SPDX-License-Identifier: Apache-2.0
#include "daemon/monitor_feed.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace tacet {
namespace {

// Frames whose input is `first`, `first` + 1, ... in 16-bit steps, and whose
// output is its negative.
void TakeRamp(MonitorTap* tap, int first, int n) {
  for (int done = 0; done < n;) {
    const int count = std::min(n - done, MonitorTap::kMaxBlock);
    std::vector<float> in(count), out(count);
    for (int i = 0; i < count; ++i) {
      in[i] = static_cast<float>(first + done + i) / 32767.0f;
      out[i] = -in[i];
    }
    const float* const from[] = {in.data()};
    float* const to[] = {out.data()};
    tap->TakeInput(from, count);
    tap->TakeOutput(to, count);
    done += count;
  }
}

int SampleAt(const std::string& bytes, int i) {
  const auto low = static_cast<unsigned char>(bytes[2 * i]);
  const auto high = static_cast<unsigned char>(bytes[2 * i + 1]);
  return static_cast<int16_t>(low | high << 8);
}

TEST(MonitorFeed, EachListenerGetsEachFrameOnceFromWhereItBegan) {
  MonitorTap tap;
  tap.Configure({48000, 1536});
  MonitorFeed feed(&tap);
  MonitorFeed::Listener first(&feed);
  TakeRamp(&tap, 0, 1000);
  MonitorFeed::Listener second(&feed);
  TakeRamp(&tap, 1000, 500);
  const MonitorFrames all = first.Take();
  ASSERT_EQ(all.num_frames, 1500);
  ASSERT_EQ(all.input.size(), 3000u);
  for (int i = 0; i < all.num_frames; ++i) {
    ASSERT_EQ(SampleAt(all.input, i), i);
    ASSERT_EQ(SampleAt(all.output, i), -i);
  }
  EXPECT_EQ(all.format.sample_rate_hz, 48000);
  EXPECT_EQ(all.format.latency_frames, 1536);
  const MonitorFrames late = second.Take();
  ASSERT_EQ(late.num_frames, 500);
  EXPECT_EQ(late.first_frame, all.first_frame + 1000);
  EXPECT_EQ(SampleAt(late.input, 0), 1000);
  EXPECT_EQ(first.Take().num_frames, 0);
  TakeRamp(&tap, 1500, 10);
  EXPECT_EQ(first.Take().first_frame, late.first_frame + 500);
}

TEST(MonitorFeed, SlowListenerMissesTheOldestAndCanTell) {
  MonitorTap tap;
  MonitorFeed feed(&tap);
  MonitorFeed::Listener fast(&feed), slow(&feed);
  constexpr int kTimes = 10, kFrames = 10000;
  for (int i = 0; i < kTimes; ++i) {
    TakeRamp(&tap, 0, kFrames);
    EXPECT_EQ(fast.Take().num_frames, kFrames);
  }
  const MonitorFrames frames = slow.Take();
  EXPECT_EQ(frames.num_frames, MonitorFeed::kHistoryFrames);
  EXPECT_EQ(frames.first_frame, kTimes * kFrames - MonitorFeed::kHistoryFrames);
  EXPECT_EQ(SampleAt(frames.input, frames.num_frames - 1), kFrames - 1);
  EXPECT_EQ(frames.frames_dropped, 0);
}

TEST(MonitorFeed, WhatTheRingHasNoRoomForIsCounted) {
  MonitorTap tap;
  MonitorFeed feed(&tap);
  MonitorFeed::Listener listener(&feed);
  TakeRamp(&tap, 0, MonitorTap::kCapacityFrames + 5 * MonitorTap::kMaxBlock);
  const MonitorFrames frames = listener.Take();
  EXPECT_EQ(frames.num_frames, MonitorTap::kCapacityFrames);
  EXPECT_EQ(frames.frames_dropped, 5 * MonitorTap::kMaxBlock);
}

TEST(MonitorFeed, TapIsOnWhileSomebodyListens) {
  MonitorTap tap;
  MonitorFeed feed(&tap);
  std::vector<float> pairs(2 * MonitorTap::kCapacityFrames);
  const auto is_on = [&] {
    TakeRamp(&tap, 0, 10);
    return tap.Read(pairs) > 0;
  };
  EXPECT_FALSE(is_on());
  std::optional<MonitorFeed::Listener> first, second;
  first.emplace(&feed);
  second.emplace(&feed);
  first.reset();
  EXPECT_TRUE(is_on());
  second.reset();
  EXPECT_FALSE(is_on());
  EXPECT_EQ(feed.num_listeners(), 0);
}

TEST(MonitorFeed, LaterListenerHearsNothingOfBefore) {
  MonitorTap tap;
  MonitorFeed feed(&tap);
  {
    const MonitorFeed::Listener listener(&feed);
    TakeRamp(&tap, 0, 1000);
  }
  MonitorFeed::Listener listener(&feed);
  EXPECT_EQ(listener.Take().num_frames, 0);
}

TEST(MonitorFeed, FramesOfAnotherFormatAreNotMixed) {
  MonitorTap tap;
  tap.Configure({48000, 1536});
  MonitorFeed feed(&tap);
  MonitorFeed::Listener listener(&feed);
  TakeRamp(&tap, 0, 1000);
  tap.Configure({16000, 512});
  EXPECT_EQ(listener.Take().num_frames, 0);
  TakeRamp(&tap, 5, 100);
  const MonitorFrames frames = listener.Take();
  EXPECT_EQ(frames.num_frames, 100);
  EXPECT_EQ(frames.format.sample_rate_hz, 16000);
  EXPECT_EQ(SampleAt(frames.input, 0), 5);
}

TEST(MonitorFeed, SamplesOutsideTheRangeAreClipped) {
  MonitorTap tap;
  MonitorFeed feed(&tap);
  MonitorFeed::Listener listener(&feed);
  float in[] = {2.0f, -2.0f, std::numeric_limits<float>::quiet_NaN(), 1.0f};
  const float* const from[] = {in};
  float* const to[] = {in};
  tap.TakeInput(from, 4);
  tap.TakeOutput(to, 4);
  const MonitorFrames frames = listener.Take();
  ASSERT_EQ(frames.num_frames, 4);
  const int expected[] = {32767, -32767, 0, 32767};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(SampleAt(frames.input, i), expected[i]);
    EXPECT_EQ(SampleAt(frames.output, i), expected[i]);
  }
}

}  // namespace
}  // namespace tacet
