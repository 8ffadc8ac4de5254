// SPDX-License-Identifier: Apache-2.0
// Signals that no microphone gives, through the networks that ship and through
// a random one.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "dsp/finite_samples.h"
#include "model/stream.h"
#include "tests/model/builtin_backend.h"
#include "tests/model/engine_support.h"
#include "tests/model/make_model.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

constexpr int kSize = 30000;  // samples

std::vector<Signal> BadSignals() {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Signal spiked = WhiteNoise(kSize, 8, 0.1f);
  for (int n = 0; n < kSize; n += 777) spiked[n] = n % 2 == 0 ? nan : inf;
  Signal square(kSize);
  for (int n = 0; n < kSize; ++n) square[n] = n / 50 % 2 == 0 ? 1.0f : -1.0f;
  return {spiked,
          square,
          Signal(kSize, nan),
          Signal(kSize, 1.0f),
          Signal(kSize, 0.0f),
          Signal(kSize, 1e-42f),
          Signal(kSize, std::numeric_limits<float>::max())};
}

double FiniteEnergy(Signal x) {
  MakeFinite(x, x);
  return Energy(x);
}

// No backend is the random network.
class BadSignalsTest
    : public ::testing::TestWithParam<std::optional<BuiltinBackend>> {
 protected:
  BadSignalsTest()
      : source_(GetParam() ? SourceOf(*GetParam())
                           : FloatEstimators(MakeModel({}))) {}

  std::unique_ptr<Stream> MakeStream(int rate_hz, ChannelLink link,
                                     int num_channels) const {
    StreamParams params;
    params.sample_rate_hz = rate_hz;
    params.num_channels = num_channels;
    params.link = link;
    if (GetParam()) params.window = WindowOf(*GetParam());
    auto stream = Stream::Create(source_, params);
    EXPECT_TRUE(stream.ok()) << stream.status();
    return *std::move(stream);
  }

  // Gains have at most the masks' modulus, or 1 where there is none.
  double MaxEnergyGainOf(const Stream& stream) const {
    const double modulus = source_.make()->max_mask_modulus();
    return MaxEnergyGain(stream.front_end()) * std::max(1.0, modulus * modulus);
  }

  EstimatorSource source_;
};

// Sums are rounded, and a resampler's pass band is not quite flat.
constexpr double kRounding = 1.01;

TEST_P(BadSignalsTest, GiveFiniteAndBoundedOutputAndAreForgotten) {
  const std::vector<Signal> signals = BadSignals();
  for (const int rate_hz : {8000, 16000, 44100, 48000}) {
    for (const ChannelLink link :
         {ChannelLink::kIndependent, ChannelLink::kLinked}) {
      SCOPED_TRACE(rate_hz);
      const auto stream =
          MakeStream(rate_hz, link, static_cast<int>(signals.size()));
      const double most = kRounding * MaxEnergyGainOf(*stream);
      const auto bad = RunStream(stream.get(), signals, {1000});
      EXPECT_TRUE(AllFinite(bad));
      for (size_t c = 0; c < signals.size(); ++c) {
        EXPECT_LE(Energy(bad[c]), most * FiniteEnergy(signals[c])) << c;
      }
      // And what was bad is forgotten: fresh noise gives output again.
      const std::vector<Signal> noise(signals.size(),
                                      WhiteNoise(2 * rate_hz, 9, 0.1f));
      const auto after = RunStream(stream.get(), noise, {1000});
      EXPECT_TRUE(AllFinite(after));
      const size_t settled = rate_hz / 10;  // two windows, and resampling
      for (size_t c = 0; c < signals.size(); ++c) {
        const double energy = Energy(std::span(after[c]).subspan(settled));
        EXPECT_GT(energy, 0.0) << c;
        EXPECT_LE(energy, most * Energy(noise[c])) << c;
      }
    }
  }
}

std::vector<std::optional<BuiltinBackend>> RandomAndBuiltin() {
  std::vector<std::optional<BuiltinBackend>> all = {std::nullopt};
  for (const BuiltinBackend& backend : BuiltinBackends()) {
    all.push_back(backend);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Networks, BadSignalsTest,
                         ::testing::ValuesIn(RandomAndBuiltin()),
                         [](const auto& info) {
                           return info.param ? TestNameOf(*info.param)
                                             : std::string("random");
                         });

}  // namespace
}  // namespace tacet
