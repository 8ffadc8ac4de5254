// SPDX-License-Identifier: Apache-2.0
#include "daemon/channel_selector.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

constexpr int kRateHz = 48000;
using Signal = std::vector<float>;

Signal Select(const std::vector<Signal>& in, int* selected) {
  ChannelSelector selector(static_cast<int>(in.size()), kRateHz);
  Signal out(in[0].size());
  std::vector<const float*> channels(in.size());
  for (size_t done = 0; done < out.size(); done += 480) {
    for (size_t c = 0; c < in.size(); ++c) channels[c] = in[c].data() + done;
    selector.Process(channels, out.data() + done, 480);
  }
  *selected = selector.selected();
  return out;
}

Signal Scaled(Signal x, float gain) {
  for (float& sample : x) sample *= gain;
  return x;
}

Signal LastHalf(const Signal& x) {
  return Signal(x.begin() + x.size() / 2, x.end());
}

TEST(ChannelSelector, AntiPhasePairKeepsItsLevel) {
  const Signal voice = WhiteNoise(96000, 1, 0.1f);
  int selected = -1;
  EXPECT_EQ(Select({voice, Scaled(voice, -1.0f)}, &selected), voice);
  EXPECT_EQ(selected, 0);
}

TEST(ChannelSelector, DuplicatedChannelIsPassedAsItIs) {
  const Signal voice = WhiteNoise(96000, 1, 0.1f);
  int selected = -1;
  EXPECT_EQ(Select({voice, voice}, &selected), voice);
}

TEST(ChannelSelector, LeavesADeadChannel) {
  const Signal voice = WhiteNoise(96000, 1, 0.1f);
  int selected = -1;
  const Signal out = Select({Signal(96000, 0.0f), voice}, &selected);
  EXPECT_EQ(selected, 1);
  // Within 0.1 s.
  EXPECT_EQ(Signal(out.begin() + 4800, out.end()),
            Signal(voice.begin() + 4800, voice.end()));
}

TEST(ChannelSelector, ConstantOffsetIsNoSound) {
  const Signal voice = WhiteNoise(96000, 1, 0.02f);
  int selected = -1;
  Select({Signal(96000, 0.5f), voice}, &selected);
  EXPECT_EQ(selected, 1);
}

// Loud steady noise on one channel, speech-like bursts on the other.
TEST(ChannelSelector, PrefersWhatStandsOutOfItsNoise) {
  const Signal hiss = WhiteNoise(480000, 1, 0.05f);
  Signal bursts = WhiteNoise(480000, 2, 0.05f);
  for (size_t i = 0; i < bursts.size(); ++i) {
    if (i / 12000 % 2 == 0) bursts[i] *= 0.001f;
  }
  int selected = -1;
  const Signal out = Select({hiss, bursts}, &selected);
  EXPECT_EQ(selected, 1);
  EXPECT_EQ(LastHalf(out), LastHalf(bursts));
}

TEST(ChannelSelector, ChangesWithoutAClick) {
  const Signal tone = Sine(96000, 100.0, kRateHz, 0.5);
  Signal weak = Scaled(tone, 0.001f);
  int selected = -1;
  const Signal out = Select({weak, tone}, &selected);
  EXPECT_EQ(selected, 1);
  float largest = 0.0f;
  for (size_t i = 1; i < out.size(); ++i) {
    largest = std::max(largest, std::abs(out[i] - out[i - 1]));
  }
  // The tone's own steepest step, and the fade's 0.5 / 960 on top.
  EXPECT_LT(largest, 0.5 * 2.0 * 3.15 * 100.0 / kRateHz + 0.5 / 960 + 1e-4);
}

TEST(ChannelSelector, NonFiniteSamplesDoNotStick) {
  Signal bad = WhiteNoise(96000, 1, 0.1f);
  bad[100] = std::numeric_limits<float>::infinity();
  bad[200] = std::numeric_limits<float>::quiet_NaN();
  int selected = -1;
  Select({Signal(96000, 0.0f), bad}, &selected);
  EXPECT_EQ(selected, 1);
}

TEST(ChannelSelector, IsRealtimeSafe) {
  ChannelSelector selector(2, kRateHz);
  const Signal a = WhiteNoise(1000, 1, 0.1f);
  Signal b = WhiteNoise(1000, 2, 0.1f);
  const float* const in[] = {a.data(), b.data()};
  const RealtimeGuard::Counts counts =
      CountRealtimeViolations([&] { selector.Process(in, b.data(), 1000); });
  EXPECT_EQ(counts.total(), 0);
}

}  // namespace
}  // namespace tacet
