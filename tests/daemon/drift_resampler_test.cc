// SPDX-License-Identifier: Apache-2.0
#include "daemon/drift_resampler.h"

#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

std::vector<float> Resample(DriftResampler* resampler,
                            const std::vector<float>& in, int chunk) {
  std::vector<float> out;
  size_t taken = 0;
  while (true) {
    const size_t needed = resampler->FramesNeeded(chunk);
    if (taken + needed > in.size()) return out;
    std::vector<float> part(chunk);
    resampler->Process(std::span(in).subspan(taken, needed), part);
    out.insert(out.end(), part.begin(), part.end());
    taken += needed;
  }
}

TEST(DriftResampler, IsAnExactDelayAtRatioOne) {
  DriftResampler resampler(1);
  const std::vector<float> in = WhiteNoise(5000, 3, 0.3f);
  const std::vector<float> out = Resample(&resampler, in, 100);
  ASSERT_EQ(out.size(), 5000u);
  for (size_t i = DriftResampler::kDelay; i < out.size(); ++i) {
    ASSERT_EQ(out[i], in[i - DriftResampler::kDelay]) << i;
  }
}

TEST(DriftResampler, SineIsExactWithinMinus80DbAtAnyRatio) {
  for (const double ratio : {0.9985, 0.99995, 1.0003, 1.0015}) {
    for (const double hz : {1000.0, 19000.0}) {
      DriftResampler resampler(1);
      resampler.SetRatio(ratio);
      const std::vector<float> out =
          Resample(&resampler, Sine(48000, hz, 48000, 0.5), 64);
      std::vector<float> expected(out.size());
      for (size_t j = 0; j < out.size(); ++j) {
        // Output j lies at input position (j + 1) ratio - 1 - kDelay.
        const double at =
            static_cast<double>(j + 1) * ratio - 1.0 - DriftResampler::kDelay;
        expected[j] = static_cast<float>(
            0.5 * std::sin(2.0 * std::numbers::pi * hz / 48000.0 * at));
      }
      const auto settled = [](const std::vector<float>& x) {
        return std::span(x).subspan(100);
      };
      EXPECT_LT(ErrorDb(settled(expected), settled(out)),
                hz < 10000 ? -80.0 : -38.0)
          << ratio << " " << hz;
    }
  }
}

TEST(DriftResampler, ChunksDoNotChangeTheOutput) {
  const std::vector<float> in = WhiteNoise(20000, 5, 0.3f);
  DriftResampler one(1);
  DriftResampler two(1);
  one.SetRatio(1.00123);
  two.SetRatio(1.00123);
  const std::vector<float> a = Resample(&one, in, 1);
  const std::vector<float> b = Resample(&two, in, 333);
  ASSERT_GT(b.size(), 19000u);
  for (size_t i = 0; i < b.size(); ++i) ASSERT_EQ(a[i], b[i]) << i;
}

TEST(DriftResampler, RatioIsClamped) {
  DriftResampler resampler(1);
  resampler.SetRatio(2.0);
  EXPECT_NEAR(resampler.ratio(), 1.0015, 1e-9);
  resampler.SetRatio(0.0);
  EXPECT_NEAR(resampler.ratio(), 0.9985, 1e-9);
}

TEST(DriftResampler, IsRealtimeSafe) {
  DriftResampler resampler(2);
  std::vector<float> in(600);
  std::vector<float> out(256 * 2);
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    for (int i = 0; i < 100; ++i) {
      resampler.SetRatio(1.0 + 1e-5 * i);
      resampler.Process(std::span(in).first(2 * resampler.FramesNeeded(256)),
                        out);
    }
  });
  EXPECT_EQ(counts.total(), 0);
}

}  // namespace
}  // namespace tacet
