// SPDX-License-Identifier: Apache-2.0
// A denoiser and estimators that answer late, or not at all.
#include <algorithm>
#include <complex>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "model/denoiser.h"
#include "model/unit_estimator.h"
#include "tests/model/denoiser_support.h"
#include "tests/model/engine_support.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

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
