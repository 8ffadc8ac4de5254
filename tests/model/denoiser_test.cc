// SPDX-License-Identifier: Apache-2.0
#include "model/denoiser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "tests/model/denoiser_support.h"
#include "tests/model/engine_support.h"
#include "tests/model/make_model.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kHop = 128;  // at 16 kHz

TEST(Denoiser, RefusesAModelOfAnotherWindowAndNamesBoth) {
  const auto denoiser =
      Denoiser::Create(UnitSource(WindowKind::kLowLatency), Params());
  ASSERT_FALSE(denoiser.ok());
  EXPECT_THAT(std::string(denoiser.status().message()),
              AllOf(HasSubstr("low-latency"), HasSubstr("sqrt-hann")));
}

TEST(Denoiser, RefusesChannelsOutOfRangeAndABadStrength) {
  EXPECT_FALSE(Denoiser::Create(UnitSource(), Params(0)).ok());
  EXPECT_TRUE(Denoiser::Create(UnitSource(), Params(kMaxChannels)).ok());
  EXPECT_FALSE(Denoiser::Create(UnitSource(), Params(kMaxChannels + 1)).ok());
  DenoiserParams params = Params();
  params.strength.attenuation_limit_db = -1.0f;
  EXPECT_FALSE(Denoiser::Create(UnitSource(), params).ok());
}

TEST(Denoiser, FinishesTheHopThatLiesItsLatencyBack) {
  for (WindowKind window :
       {WindowKind::kSqrtHann, WindowKind::kBoxcar, WindowKind::kLowLatency}) {
    for (int rate_hz : {16000, 48000}) {
      const DenoiserParams params =
          Params(1, ChannelLink::kIndependent, rate_hz, window);
      const auto denoiser = MakeDenoiser(UnitSource(window), params);
      const Signal x = WhiteNoise(50 * params.front_end.hop_size, 1, 0.1f);
      const Signal y = RunDenoiser(denoiser.get(), {x})[0];
      // The hop that ends at e gives out what begins at e - latency.
      const int delay =
          params.front_end.latency_samples - params.front_end.hop_size;
      EXPECT_LT(DelayedErrorDb(x, y, delay), -120.0)
          << WindowKindName(window) << " at " << rate_hz;
    }
  }
}

TEST(Denoiser, GivesTheEstimatorMagnitudesOfUnitScaleAtEitherRate) {
  for (int rate_hz : {16000, 48000}) {
    float loudest = 0.0f;
    const auto listen = [&](std::span<const float> features,
                            std::span<std::complex<float>> mask) {
      // 1 kHz is bin 32; a sine of amplitude 1 has magnitude 1/2 there.
      loudest = features[32];
      std::fill(mask.begin(), mask.end(), 1.0f);
      return true;
    };
    const auto denoiser = MakeDenoiser(
        FakeSource(listen), Params(1, ChannelLink::kIndependent, rate_hz));
    RunDenoiser(denoiser.get(), {Sine(rate_hz, 1000.0, rate_hz, 1.0)});
    EXPECT_NEAR(loudest, 0.5f, 1e-3f) << rate_hz;
  }
}

TEST(Denoiser, AppliesARealAndAComplexMask) {
  const Signal x = Sine(100 * kHop, 1000.0, 16000.0, 0.5);
  const auto steady = [](const Signal& y) {
    return std::span(y).subspan(10 * kHop);
  };
  const auto half =
      MakeDenoiser(UnitSource(WindowKind::kSqrtHann, 0.5f), Params());
  const Signal y = RunDenoiser(half.get(), {x})[0];
  EXPECT_NEAR(Energy(steady(y)) / Energy(steady(x)), 0.25, 1e-4);
  // j turns sin into cos: the outputs of 1 and j are in quadrature.
  const auto turn = MakeDenoiser(
      UnitSource(WindowKind::kSqrtHann, std::complex<float>(0.0f, 1.0f)),
      Params());
  const Signal z = RunDenoiser(turn.get(), {x})[0];
  double product = 0.0;
  for (size_t n = 10 * kHop; n < y.size(); ++n) product += y[n] * z[n];
  EXPECT_NEAR(Energy(steady(z)) / Energy(steady(x)), 1.0, 1e-3);
  EXPECT_NEAR(product / Energy(steady(y)), 0.0, 1e-3);
}

TEST(Denoiser, LinkedChannelsInOppositePhaseDoNotCancel) {
  const auto model = MakeModel({});
  const Signal x = WhiteNoise(100 * kHop, 2, 0.1f);
  const auto mono = MakeDenoiser(FloatEstimators(model), Params());
  const auto stereo =
      MakeDenoiser(FloatEstimators(model), Params(2, ChannelLink::kLinked));
  const Signal expected = RunDenoiser(mono.get(), {x})[0];
  const auto y = RunDenoiser(stereo.get(), {x, Negated(x)});
  EXPECT_LT(ErrorDb(expected, y[0]), -80.0);
  EXPECT_EQ(y[1], Negated(y[0]));
}

TEST(Denoiser, LinkedChannelsHearTheRootOfTheirMeanPower) {
  Signal linked;
  const auto listen = [&](std::span<const float> features,
                          std::span<std::complex<float>> mask) {
    linked.assign(features.begin(), features.end());
    std::fill(mask.begin(), mask.end(), 1.0f);
    return true;
  };
  const auto run = [&](const std::vector<Signal>& in) {
    const auto denoiser =
        MakeDenoiser(FakeSource(listen),
                     Params(static_cast<int>(in.size()), ChannelLink::kLinked));
    RunDenoiser(denoiser.get(), in);
    return linked;
  };
  const Signal a = WhiteNoise(8 * kHop, 3, 0.2f);
  const Signal b = WhiteNoise(8 * kHop, 4, 0.05f);
  const Signal of_a = run({a});
  const Signal of_b = run({b});
  const Signal of_both = run({a, b});
  for (int k = 0; k < kNumModelBins; ++k) {
    const float expected =
        std::sqrt(0.5f * (of_a[k] * of_a[k] + of_b[k] * of_b[k]));
    ASSERT_NEAR(of_both[k], expected, 1e-6f) << k;
  }
}

TEST(Denoiser, IndependentChannelsDoNotHearEachOther) {
  const auto model = MakeModel({});
  const Signal a = WhiteNoise(50 * kHop, 5, 0.1f);
  const Signal b = WhiteNoise(50 * kHop, 6, 0.1f);
  const auto mono = MakeDenoiser(FloatEstimators(model), Params());
  const auto stereo = MakeDenoiser(FloatEstimators(model), Params(2));
  const Signal expected = RunDenoiser(mono.get(), {a})[0];
  EXPECT_EQ(RunDenoiser(stereo.get(), {a, b})[0], expected);
}

TEST(Denoiser, SilenceChangesNothingAfterIt) {
  const auto model = MakeModel({});
  const Signal first = WhiteNoise(20 * kHop, 8, 0.1f);
  const Signal second = WhiteNoise(20 * kHop, 9, 0.01f);
  const Signal silence(500 * kHop, 0.0f);
  // Empties analysis and overlap-add.
  const Signal pause(8 * kHop, 0.0f);
  const auto interrupted = MakeDenoiser(FloatEstimators(model), Params());
  const auto reference = MakeDenoiser(FloatEstimators(model), Params());
  for (const Signal& x : {silence, first, pause, silence, second, pause}) {
    const Signal y = RunDenoiser(interrupted.get(), {x})[0];
    if (x == silence) continue;
    EXPECT_EQ(y, RunDenoiser(reference.get(), {x})[0]);
  }
  EXPECT_EQ(interrupted->counters().num_missing_masks, 0);
}

TEST(Denoiser, SilencePasses) {
  const auto mute = [](std::span<const float>,
                       std::span<std::complex<float>> mask) {
    std::fill(mask.begin(), mask.end(), 0.0f);
    return true;
  };
  EstimatorSource source = FakeSource(mute);
  source.feature.kind = FeatureKind::kLevelNormalised;
  source.feature.floor = 0.03;
  source.feature.power = 0.3;
  const auto denoiser = MakeDenoiser(source, Params());
  RunDenoiser(denoiser.get(), {WhiteNoise(kHop, 8, 0.1f)});
  EXPECT_EQ(denoiser->mask(0)[0], 0.0f);
  RunDenoiser(denoiser.get(), {Signal(4 * kHop, 0.0f)});
  EXPECT_EQ(denoiser->mask(0)[0], 1.0f);
}

TEST(Denoiser, TakesANonFiniteSampleForSilenceAndCountsIt) {
  const auto model = MakeModel({});
  Signal silent_there = WhiteNoise(50 * kHop, 9, 0.1f);
  Signal broken = silent_there;
  silent_there[1000] = silent_there[1001] = 0.0f;
  broken[1000] = std::numeric_limits<float>::quiet_NaN();
  broken[1001] = -std::numeric_limits<float>::infinity();
  const auto first = MakeDenoiser(FloatEstimators(model), Params());
  const auto second = MakeDenoiser(FloatEstimators(model), Params());
  EXPECT_EQ(RunDenoiser(first.get(), {broken}),
            RunDenoiser(second.get(), {silent_there}));
  EXPECT_EQ(first->counters().num_non_finite_samples, 2);
  EXPECT_EQ(second->counters().num_non_finite_samples, 0);
}

TEST(Denoiser, ResetReturnsToTheStart) {
  for (int rate_hz : {16000, 48000}) {
    const auto denoiser =
        MakeDenoiser(FloatEstimators(MakeModel({})),
                     Params(2, ChannelLink::kIndependent, rate_hz));
    const std::vector<Signal> x = {
        WhiteNoise(40 * denoiser->front_end().hop_size, 10, 0.1f),
        WhiteNoise(40 * denoiser->front_end().hop_size, 11, 0.1f)};
    const auto first = RunDenoiser(denoiser.get(), x);
    denoiser->Reset();
    EXPECT_EQ(denoiser->counters(), DenoiserCounters{});
    EXPECT_EQ(RunDenoiser(denoiser.get(), x), first);
  }
}

TEST(Denoiser, ProcessIsRealtimeSafe) {
  const auto model = MakeModel({});
  for (int rate_hz : {16000, 48000}) {
    for (ChannelLink link : {ChannelLink::kIndependent, ChannelLink::kLinked}) {
      const auto denoiser =
          MakeDenoiser(FloatEstimators(model), Params(2, link, rate_hz));
      Signal a = WhiteNoise(denoiser->front_end().hop_size, 12, 0.1f);
      Signal b = a;
      const std::vector<const float*> in = {a.data(), b.data()};
      const std::vector<float*> out = {a.data(), b.data()};
      const auto counts = CountRealtimeViolations([&] {
        for (int i = 0; i < 20; ++i) {
          denoiser->SetStrength({static_cast<float>(i)});
          denoiser->SetBypass(i % 2 == 0);
          denoiser->Process(in, out);
        }
        denoiser->Reset();
      });
      EXPECT_EQ(counts.total(), 0) << rate_hz;
    }
  }
}

}  // namespace
}  // namespace tacet
