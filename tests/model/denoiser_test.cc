// SPDX-License-Identifier: Apache-2.0
#include "model/denoiser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "model/unit_estimator.h"
#include "tests/model/engine_support.h"
#include "tests/model/make_model.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kHop = 128;  // at 16 kHz

DenoiserParams Params(int channels = 1,
                      ChannelLink link = ChannelLink::kIndependent,
                      int rate_hz = 16000,
                      WindowKind window = WindowKind::kSqrtHann) {
  DenoiserParams params;
  params.front_end = *FrontEnd::Create(window, rate_hz);
  params.num_channels = channels;
  params.link = link;
  return params;
}

std::unique_ptr<Denoiser> MakeDenoiser(const EstimatorSource& source,
                                       const DenoiserParams& params) {
  auto denoiser = Denoiser::Create(source, params);
  EXPECT_TRUE(denoiser.ok()) << denoiser.status();
  return *std::move(denoiser);
}

Signal Negated(const Signal& x) {
  Signal y;
  for (float sample : x) y.push_back(-sample);
  return y;
}

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

// Counts tokens submitted and not yet collected over all its objects.
class WaitingEstimator final : public MaskEstimator {
 public:
  struct Count {
    int waiting = 0;
    int most = 0;
  };

  explicit WaitingEstimator(Count* count) : count_(count) {}

  const FrontEndId& front_end() const override { return unit_.front_end(); }
  MaskKind mask_kind() const override { return unit_.mask_kind(); }
  bool Submit(std::span<const float> features) noexcept override {
    count_->most = std::max(count_->most, ++count_->waiting);
    return unit_.Submit(features);
  }
  bool Collect(std::span<std::complex<float>> mask) noexcept override {
    --count_->waiting;
    return unit_.Collect(mask);
  }
  void Reset() noexcept override {}
  size_t state_size() const override { return 0; }
  void ExportState(std::span<float>) const noexcept override {}
  bool ImportState(std::span<const float>) noexcept override { return true; }
  double worst_case_seconds() const override { return 0.0; }

 private:
  Count* count_;
  UnitEstimator unit_{FrontEndId{}};
};

TEST(Denoiser, SubmitsAllChannelsBeforeItCollects) {
  WaitingEstimator::Count count;
  const EstimatorSource source = {
      .feature = FeatureParams{},
      .make = [&] { return std::make_unique<WaitingEstimator>(&count); }};
  const auto denoiser = MakeDenoiser(source, Params(3));
  const Signal x(kHop, 0.0f);
  RunDenoiser(denoiser.get(), {x, x, x});
  EXPECT_EQ(count.most, 3);
  EXPECT_EQ(count.waiting, 0);
}

TEST(Denoiser, PassesAHopWithoutAMaskAndCountsIt) {
  int num_calls = 0;
  const auto answer = [&](std::span<const float>,
                          std::span<std::complex<float>> mask) {
    if (++num_calls % 3 == 0) return false;
    std::fill(mask.begin(), mask.end(), 0.25f);
    return true;
  };
  for (int rate_hz : {16000, 48000}) {
    num_calls = 0;
    const auto denoiser = MakeDenoiser(
        FakeSource(answer), Params(1, ChannelLink::kIndependent, rate_hz));
    const Signal x = WhiteNoise(denoiser->front_end().hop_size, 7, 0.1f);
    for (int hop = 1; hop <= 30; ++hop) {
      RunDenoiser(denoiser.get(), {x});
      for (std::complex<float> m : denoiser->mask(0)) {
        ASSERT_EQ(hop % 3 == 0, m == 1.0f) << rate_hz << " hop " << hop;
      }
    }
    EXPECT_EQ(denoiser->counters().num_missing_masks, 10);
    EXPECT_EQ(denoiser->counters().num_hops, 30);
  }
}

TEST(Denoiser, WithoutAnyMaskOnlyDelays) {
  const auto silent = [](std::span<const float>,
                         std::span<std::complex<float>>) { return false; };
  const auto denoiser = MakeDenoiser(FakeSource(silent), Params());
  const Signal x = WhiteNoise(50 * kHop, 8, 0.1f);
  const Signal y = RunDenoiser(denoiser.get(), {x})[0];
  EXPECT_LT(DelayedErrorDb(x, y, 3 * kHop), -120.0);
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

// Answers `delay` tokens later, with a mask that follows from the features.
class LateEstimator final : public MaskEstimator {
 public:
  explicit LateEstimator(int delay) : delay_(delay) {}

  static void Answer(std::span<const float> features,
                     std::span<std::complex<float>> mask) {
    for (size_t k = 0; k < mask.size(); ++k) {
      mask[k] = 1.0f / (1.0f + 1000.0f * features[k]);
    }
  }

  const FrontEndId& front_end() const override { return front_end_; }
  MaskKind mask_kind() const override { return MaskKind::kReal; }
  int delay_hops() const override { return delay_; }
  bool Submit(std::span<const float> features) noexcept override {
    waiting_.emplace_back(features.begin(), features.end());
    most_ = std::max(most_, waiting_.size());
    return true;
  }
  bool Collect(std::span<std::complex<float>> mask) noexcept override {
    EXPECT_EQ(waiting_.empty(), false);
    Answer(waiting_.front(), mask);
    waiting_.erase(waiting_.begin());
    return true;
  }
  void Reset() noexcept override { waiting_.clear(); }
  size_t state_size() const override { return 0; }
  void ExportState(std::span<float>) const noexcept override {}
  bool ImportState(std::span<const float>) noexcept override { return true; }
  double worst_case_seconds() const override { return 0.0; }
  ~LateEstimator() override {
    EXPECT_EQ(most_, static_cast<size_t>(delay_) + 1);
  }

 private:
  int delay_;
  FrontEndId front_end_;
  std::vector<Signal> waiting_;
  size_t most_ = 0;
};

EstimatorSource LateSource(int delay) {
  EstimatorSource source;
  source.make = [delay] { return std::make_unique<LateEstimator>(delay); };
  return source;
}

// The mask of a hop meets that hop's spectrum, however late it comes; and so
// does one that is made to wait.
TEST(Denoiser, AnEstimatorsDelayDelaysTheSignalAndNothingElse) {
  for (const int rate_hz : {16000, 48000}) {
    for (const auto link : {ChannelLink::kIndependent, ChannelLink::kLinked}) {
      DenoiserParams params = Params(2, link, rate_hz);
      const int hop = params.front_end.hop_size;
      // With silence inside, which no estimator is shown.
      Signal x = WhiteNoise(60 * hop, 3, 0.1f);
      std::fill(x.begin() + 20 * hop, x.begin() + 35 * hop, 0.0f);
      const std::vector<Signal> in = {x, Negated(x)};
      const auto prompt = MakeDenoiser(LateSource(0), params);
      const std::vector<Signal> expected = RunDenoiser(prompt.get(), in);
      for (const auto& [late, least] :
           {std::pair(1, 0), std::pair(3, 0), std::pair(0, 2), std::pair(1, 3),
            std::pair(2, 2)}) {
        params.delay_hops = least;
        const auto denoiser = MakeDenoiser(LateSource(late), params);
        const int delay = std::max(late, least) * hop;
        EXPECT_EQ(denoiser->latency_samples(),
                  prompt->latency_samples() + delay);
        for (int round = 0; round < 2; ++round) {
          const std::vector<Signal> y = RunDenoiser(denoiser.get(), in);
          for (int c = 0; c < 2; ++c) {
            ASSERT_TRUE(std::equal(y[c].begin() + delay, y[c].end(),
                                   expected[c].begin()))
                << late << " " << least << " " << rate_hz << " " << round;
            EXPECT_TRUE(std::all_of(y[c].begin(), y[c].begin() + delay,
                                    [](float v) { return v == 0.0f; }));
          }
          EXPECT_EQ(denoiser->counters().num_missing_masks, 0);
          denoiser->Reset();
        }
      }
    }
  }
}

TEST(Denoiser, RefusesADelayOutOfRange) {
  DenoiserParams params = Params();
  params.delay_hops = kMaxDelayHops + 1;
  EXPECT_FALSE(Denoiser::Create(UnitSource(), params).ok());
  params.delay_hops = -1;
  EXPECT_FALSE(Denoiser::Create(UnitSource(), params).ok());
}

}  // namespace
}  // namespace tacet
