// SPDX-License-Identifier: Apache-2.0
#include "daemon/loopback_search.h"

#include <cstdint>
#include <vector>

#include "daemon/loopback_probe.h"
#include "gtest/gtest.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

constexpr int kRateHz = 48000;
constexpr int kBurst = kRateHz / 200;
constexpr int64_t kSecond = 1'000'000'000;

int64_t Ns(int64_t frame) { return frame * kSecond / kRateHz; }

// Bursts sent 0.2 s apart from time 0 on; the tape begins then.
std::vector<int64_t> SentNs(int num_bursts) {
  std::vector<int64_t> sent_ns;
  for (int b = 0; b < num_bursts; ++b) sent_ns.push_back(Ns(b * 9600));
  return sent_ns;
}

// Adds burst b, delayed by frames[b] (negative: lost), to noise.
void Record(const std::vector<int>& frames, float noise, LoopbackTape* tape) {
  auto x = WhiteNoise(4 * kRateHz, 1, noise);
  for (size_t b = 0; b < frames.size(); ++b) {
    for (int i = 0; frames[b] >= 0 && i < kBurst; ++i) {
      x[b * 9600 + frames[b] + i] += BurstSample(static_cast<int>(b), i);
    }
  }
  for (size_t done = 0; done < x.size(); done += 480) {
    tape->Append(std::span(x).subspan(done, 480), Ns(done + 480));
  }
}

TEST(LoopbackSearch, FindsEachBurstToWithinASample) {
  const std::vector<int> frames = {1600, 1601, 1700, 2400, 1500};
  LoopbackTape tape(kRateHz, 5.0);
  Record(frames, 0.05f, &tape);
  const LoopbackReport report = FindBursts(SentNs(5), tape);
  EXPECT_EQ(report.num_sent, 5);
  EXPECT_EQ(report.num_found, 5);
  constexpr double kSampleMs = 1e3 / kRateHz;
  EXPECT_NEAR(report.median_ms, 1601 / 48.0, kSampleMs);
  EXPECT_NEAR(report.min_ms, 1500 / 48.0, kSampleMs);
  EXPECT_NEAR(report.max_ms, 2400 / 48.0, kSampleMs);
}

// Longer than the time between two: each is its own noise.
TEST(LoopbackSearch, FindsADelayLongerThanTheGap) {
  LoopbackTape tape(kRateHz, 5.0);
  Record({30000, 30000, 30000}, 0.01f, &tape);
  const LoopbackReport report = FindBursts(SentNs(3), tape);
  EXPECT_EQ(report.num_found, 3);
  EXPECT_NEAR(report.median_ms, 625.0, 0.1);
}

TEST(LoopbackSearch, DoesNotFindWhatIsNotThere) {
  LoopbackTape tape(kRateHz, 5.0);
  Record({100, -1, 100, -1}, 0.1f, &tape);
  const LoopbackReport report = FindBursts(SentNs(4), tape);
  EXPECT_EQ(report.num_sent, 4);
  EXPECT_EQ(report.num_found, 2);
  const LoopbackTape empty(kRateHz, 1.0);
  EXPECT_EQ(FindBursts(SentNs(4), empty).num_found, 0);
}

}  // namespace
}  // namespace tacet
