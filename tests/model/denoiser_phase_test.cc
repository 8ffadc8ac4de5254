// SPDX-License-Identifier: Apache-2.0
// What the engine shows a network that hears the phase.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "model/denoiser.h"
#include "tests/model/engine_support.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

constexpr int kHop = 128;

using Features = std::vector<std::vector<float>>;

EstimatorSource PhaseSource(Features* heard) {
  EstimatorSource source = FakeSource(
      [heard](std::span<const float> features, std::span<std::complex<float>>) {
        if (heard != nullptr) {
          heard->emplace_back(features.begin(), features.end());
        }
        return true;
      });
  source.feature = {.kind = FeatureKind::kLevelNormalisedPhase,
                    .power = 0.3,
                    .time_s = 1.0,
                    .floor = 0.001};
  return source;
}

DenoiserParams Params(int num_channels = 1,
                      ChannelLink link = ChannelLink::kIndependent,
                      int rate_hz = 16000) {
  DenoiserParams params;
  params.front_end = *FrontEnd::Create(WindowKind::kSqrtHann, rate_hz);
  params.num_channels = num_channels;
  params.link = link;
  return params;
}

std::unique_ptr<Denoiser> MakeDenoiser(const EstimatorSource& source,
                                       const DenoiserParams& params) {
  auto denoiser = Denoiser::Create(source, params);
  EXPECT_TRUE(denoiser.ok()) << denoiser.status();
  return *std::move(denoiser);
}

Features Heard(const std::vector<Signal>& in, ChannelLink link,
               int rate_hz = 16000) {
  Features heard;
  const auto denoiser = MakeDenoiser(
      PhaseSource(&heard), Params(static_cast<int>(in.size()), link, rate_hz));
  RunDenoiser(denoiser.get(), in);
  return heard;
}

Signal Sine(double frequency_hz, int rate_hz, int num_samples) {
  Signal x(num_samples);
  for (int n = 0; n < num_samples; ++n) {
    x[n] = static_cast<float>(
        0.1 * std::sin(2 * std::numbers::pi * frequency_hz * n / rate_hz));
  }
  return x;
}

// The angle of the feature is the phase that a partial gains on the middle of
// its bin in a hop: 2 pi df 8 ms.
TEST(DenoiserPhase, TellsWhereInTheBinAPartialLies) {
  for (const int rate_hz : {16000, 48000}) {
    const int hop = rate_hz / 125;
    for (const int bin : {16, 33, 50, 99}) {
      for (const double offset_hz : {-10.0, 0.0, 10.0}) {
        const double f = bin * 31.25 + offset_hz;
        const Features heard = Heard({Sine(f, rate_hz, 20 * hop)},
                                     ChannelLink::kIndependent, rate_hz);
        const std::vector<float>& g = heard.back();
        const double angle = std::atan2(g[kNumModelBins + kNumPhaseBins + bin],
                                        g[kNumModelBins + bin]);
        EXPECT_NEAR(angle, 2 * std::numbers::pi * offset_hz * 0.008, 0.01)
            << f << " Hz at " << rate_hz;
      }
    }
  }
}

TEST(DenoiserPhase, LinkedChannelsInOppositePhaseAreHeardAsOne) {
  const Signal a = WhiteNoise(12 * kHop, 3, 0.1f);
  Signal minus = a;
  for (float& v : minus) v = -v;
  const Features mono = Heard({a}, ChannelLink::kIndependent);
  const Features pair = Heard({a, minus}, ChannelLink::kLinked);
  ASSERT_EQ(mono.size(), pair.size());
  for (size_t t = 0; t < mono.size(); ++t) {
    for (size_t k = 0; k < mono[t].size(); ++k) {
      ASSERT_NEAR(mono[t][k], pair[t][k], 1e-5f * (1 + std::abs(mono[t][k])))
          << t;
    }
  }
}

TEST(DenoiserPhase, ResetForgetsTheHopBefore) {
  Features heard;
  const auto denoiser = MakeDenoiser(PhaseSource(&heard), Params());
  const Signal a = WhiteNoise(6 * kHop, 3, 0.1f);
  RunDenoiser(denoiser.get(), {a});
  const Features first = heard;
  heard.clear();
  denoiser->Reset();
  RunDenoiser(denoiser.get(), {a});
  EXPECT_EQ(heard, first);
}

TEST(DenoiserPhase, ProcessIsRealtimeSafe) {
  const auto denoiser = MakeDenoiser(PhaseSource(nullptr),
                                     Params(2, ChannelLink::kLinked, 48000));
  Signal a = WhiteNoise(denoiser->front_end().hop_size, 12, 0.1f);
  Signal b = a;
  const std::vector<const float*> in = {a.data(), b.data()};
  const std::vector<float*> out = {a.data(), b.data()};
  denoiser->Process(in, out);  // the fake estimator takes memory once
  const auto found = CountRealtimeViolations([&] {
    for (int i = 0; i < 20; ++i) denoiser->Process(in, out);
  });
  EXPECT_EQ(found.total(), 0);
}

}  // namespace
}  // namespace tacet
