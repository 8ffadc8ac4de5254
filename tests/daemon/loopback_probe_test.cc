// SPDX-License-Identifier: Apache-2.0
#include "daemon/loopback_probe.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

constexpr int kRateHz = 48000;
constexpr int kBlock = 480;  // 10 ms
constexpr int64_t kBlockNs = 10'000'000;
constexpr float kMicrophone = 0.5f;

// A second of one call each; returns what came out.
std::vector<float> RunProbe(LoopbackProbe* probe, int64_t begin_ns,
                            int num_blocks) {
  std::vector<float> out;
  for (int b = 0; b < num_blocks; ++b) {
    const std::vector<float> microphone(kBlock, kMicrophone);
    const float* in[] = {microphone.data()};
    probe->Process(in, kBlock, begin_ns + b * kBlockNs);
    out.insert(out.end(), in[0], in[0] + kBlock);
  }
  return out;
}

TEST(LoopbackProbe, LeavesTheMicrophoneAloneUntilItBeginsAndAfterItsEnd) {
  LoopbackProbe probe;
  probe.Configure(kRateHz, 1, kBlock);
  const std::vector<float> microphone(kBlock, kMicrophone);
  const float* in[] = {microphone.data()};
  probe.Process(in, kBlock, 0);
  EXPECT_EQ(in[0], microphone.data());
  probe.Begin();
  RunProbe(&probe, 0, 100);
  probe.End();
  const std::vector<float> out = RunProbe(&probe, 1'000'000'000, 10);
  EXPECT_EQ(out.back(), kMicrophone);
  in[0] = microphone.data();
  probe.Process(in, kBlock, 2'000'000'000);
  EXPECT_EQ(in[0], microphone.data());
}

TEST(LoopbackProbe, BurstsAreWhereItSaysInSilence) {
  LoopbackProbe probe;
  probe.Configure(kRateHz, 1, kBlock);
  probe.Begin();
  constexpr int64_t kBeginNs = 5'000'000'000;
  const std::vector<float> out = RunProbe(&probe, kBeginNs, 500);
  ASSERT_EQ(probe.num_sent(), LoopbackProbe::kNumBursts);
  constexpr int kBurst = kRateHz / 200;
  size_t num_loud = 0;
  std::set<int64_t> places;
  for (int b = 0; b < LoopbackProbe::kNumBursts; ++b) {
    const size_t begin = static_cast<size_t>(std::llround(
        static_cast<double>(probe.sent_ns(b) - kBeginNs) * kRateHz / 1e9));
    places.insert(static_cast<int64_t>(begin) % 256);
    for (int i = 0; i < kBurst; ++i) {
      ASSERT_EQ(out[begin + i], BurstSample(b, i)) << b;
    }
    if (b > 0) {
      EXPECT_NE(out[begin + 1], BurstSample(b - 1, 1));
    }
  }
  // No two meet a period at one place.
  EXPECT_GT(places.size(), 15u);
  for (size_t i = kRateHz / 10; i < out.size(); ++i) num_loud += out[i] != 0.0f;
  EXPECT_LE(num_loud, static_cast<size_t>(kBurst * LoopbackProbe::kNumBursts));
}

TEST(LoopbackProbe, MicrophoneGoesAndComesWithoutAStep) {
  LoopbackProbe probe;
  probe.Configure(kRateHz, 1, kBlock);
  probe.Begin();
  const std::vector<float> out =
      RunProbe(&probe, 0, 10);  // before the first burst
  float last = kMicrophone;
  for (const float y : out) {
    EXPECT_LE(std::abs(y - last), 0.001f);
    last = y;
  }
  EXPECT_EQ(last, 0.0f);
}

TEST(LoopbackProbe, ProcessIsRealtimeSafe) {
  LoopbackProbe probe;
  probe.Configure(kRateHz, 2, kBlock);
  probe.Begin();
  const std::vector<float> microphone(kBlock);
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    for (int b = 0; b < 500; ++b) {
      const float* in[] = {microphone.data(), microphone.data()};
      probe.Process(in, kBlock, b * kBlockNs);
    }
  });
  EXPECT_EQ(counts.total(), 0);
  EXPECT_EQ(probe.num_sent(), LoopbackProbe::kNumBursts);
}

}  // namespace
}  // namespace tacet
