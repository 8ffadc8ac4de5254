// SPDX-License-Identifier: Apache-2.0
#include "dsp/resampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

// All of x, in chunks of the given sizes in turn.
std::vector<float> Convert(Resampler& resampler, const std::vector<float>& x,
                           const std::vector<int>& chunks) {
  std::vector<float> y;
  std::vector<float> out(resampler.max_out());
  size_t n = 0;
  for (size_t turn = 0; n < x.size(); ++turn) {
    const size_t count =
        std::min<size_t>(chunks[turn % chunks.size()], x.size() - n);
    const int written = resampler.Process(std::span(x).subspan(n, count), out);
    y.insert(y.end(), out.begin(), out.begin() + written);
    n += count;
  }
  return y;
}

class ResamplerRates : public testing::TestWithParam<std::pair<int, int>> {
 protected:
  static constexpr int kMaxIn = 4096;
  const int in_hz_ = GetParam().first;
  const int out_hz_ = GetParam().second;
  std::unique_ptr<Resampler> resampler_ =
      Resampler::Create(in_hz_, out_hz_, kMaxIn).value();
  const double low_hz_ = std::min(in_hz_, out_hz_);
};

TEST_P(ResamplerRates, DelayIsExactWithinHalfASample) {
  const int num_in = 8000;
  const double centre = 3000.25;
  // Half the lower Nyquist frequency, so that PulseCentre is exact.
  const std::vector<float> x =
      BandLimitedPulse(num_in, centre, 0.15 * low_hz_, in_hz_, 2000.0);
  const std::vector<float> y = Convert(*resampler_, x, {kMaxIn});
  const double ratio = static_cast<double>(out_hz_) / in_hz_;
  const double expected = (centre + resampler_->delay_input_samples()) * ratio;
  EXPECT_NEAR(PulseCentre(y), expected, 0.01);
}

TEST_P(ResamplerRates, ChunkSizeDoesNotChangeOutput) {
  const std::vector<float> x = WhiteNoise(20000, 1, 0.1f);
  const std::vector<float> expected = Convert(*resampler_, x, {kMaxIn});
  for (const std::vector<int>& chunks : std::vector<std::vector<int>>{
           {1}, {7, 1, 300}, {480}, {441}, {1024, 3}}) {
    resampler_->Reset();
    EXPECT_EQ(Convert(*resampler_, x, chunks), expected);
  }
}

TEST_P(ResamplerRates, OutputCountIsTheCeiling) {
  std::vector<float> out(resampler_->max_out());
  const std::vector<float> x(kMaxIn, 0.1f);
  int64_t num_in = 0;
  int64_t num_out = 0;
  for (int turn = 0; turn < 300; ++turn) {
    const int count = turn * 37 % 997;
    num_out += resampler_->Process(std::span(x).first(count), out);
    num_in += count;
    ASSERT_EQ(num_out, (num_in * out_hz_ + in_hz_ - 1) / in_hz_);
  }
}

TEST_P(ResamplerRates, PassbandIsFlatWithinATenthOfADecibel) {
  for (double fraction : {0.01, 0.3, 0.6, 0.85}) {
    resampler_->Reset();
    const double hz = fraction * low_hz_ / 2.0;
    const std::vector<float> y =
        Convert(*resampler_, Sine(40000, hz, in_hz_, 0.5), {kMaxIn});
    const std::span<const float> middle =
        std::span(y).subspan(y.size() / 4, y.size() / 2);
    const double rms = std::sqrt(Energy(middle) / middle.size());
    EXPECT_NEAR(20.0 * std::log10(rms / (0.5 / std::sqrt(2.0))), 0.0, 0.1)
        << hz << " Hz";
  }
}

// What is left of the output after the best-fitting sine of frequency hz, in
// dB below a sine of amplitude 0.5.
double ResidueDb(std::span<const float> y, double hz, double rate_hz) {
  double cc = 0, cs = 0, ss = 0, yc = 0, ys = 0, yy = 0;
  for (size_t n = 0; n < y.size(); ++n) {
    const double phase = 2.0 * std::acos(-1.0) * hz * n / rate_hz;
    const double c = std::cos(phase), s = std::sin(phase);
    cc += c * c, cs += c * s, ss += s * s;
    yc += y[n] * c, ys += y[n] * s, yy += static_cast<double>(y[n]) * y[n];
  }
  const double det = cc * ss - cs * cs;
  const double a = (yc * ss - ys * cs) / det, b = (ys * cc - yc * cs) / det;
  const double residue = std::max(yy - a * yc - b * ys, 1e-30);
  return 10.0 * std::log10(residue / (0.125 * y.size()));
}

TEST_P(ResamplerRates, ImagesAreBelowMinus80Db) {
  for (double fraction : {0.1, 0.5, 0.85}) {
    resampler_->Reset();
    const double hz = fraction * low_hz_ / 2.0;
    const std::vector<float> y =
        Convert(*resampler_, Sine(40000, hz, in_hz_, 0.5), {kMaxIn});
    EXPECT_LT(ResidueDb(std::span(y).subspan(y.size() / 4, y.size() / 2), hz,
                        out_hz_),
              -80.0)
        << hz << " Hz";
  }
}

TEST_P(ResamplerRates, ThereAndBackIsNeverShortAndKeepsTheSignal) {
  auto back = Resampler::Create(out_hz_, in_hz_, resampler_->max_out()).value();
  const double hz = 0.2 * low_hz_;
  const std::vector<float> x = Sine(20000, hz, in_hz_, 0.5);
  std::vector<float> middle(resampler_->max_out()), end(back->max_out());
  std::vector<float> y;
  size_t n = 0;
  for (int turn = 0; n < x.size(); ++turn) {
    const size_t count = std::min<size_t>(1 + turn * 37 % 997, x.size() - n);
    const int num_middle =
        resampler_->Process(std::span(x).subspan(n, count), middle);
    const int num_end = back->Process(std::span(middle).first(num_middle), end);
    y.insert(y.end(), end.begin(), end.begin() + num_end);
    n += count;
    ASSERT_GE(y.size(), n);
    ASSERT_LE(y.size(), n + 1 + in_hz_ / out_hz_);
  }
  EXPECT_LT(ResidueDb(std::span(y).subspan(5000, 10000), hz, in_hz_), -75.0);
}

TEST_P(ResamplerRates, ProcessIsRealtimeSafe) {
  const std::vector<float> x = WhiteNoise(kMaxIn, 2, 0.1f);
  std::vector<float> out(resampler_->max_out());
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    for (int chunk : {kMaxIn, 1, 480, 0}) {
      resampler_->Process(std::span(x).first(chunk), out);
    }
    resampler_->Reset();
  });
  EXPECT_EQ(counts.total(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Rates, ResamplerRates,
    testing::Values(std::pair(8000, 16000), std::pair(16000, 8000),
                    std::pair(11025, 16000), std::pair(44100, 48000),
                    std::pair(48000, 44100), std::pair(22050, 48000),
                    std::pair(96000, 48000), std::pair(48000, 96000),
                    std::pair(192000, 48000), std::pair(44101, 48000)),
    [](const auto& info) {
      return std::to_string(info.param.first) + "To" +
             std::to_string(info.param.second);
    });

TEST(Resampler, AliasesAreBelowMinus80Db) {
  for (const auto& [in_hz, out_hz] :
       {std::pair(16000, 8000), std::pair(96000, 48000),
        std::pair(192000, 48000), std::pair(88200, 48000)}) {
    auto resampler = Resampler::Create(in_hz, out_hz, 4096).value();
    // What folds to below 0.85 of the output's Nyquist frequency.
    for (double fraction : {1.15, 1.3, 1.6}) {
      resampler->Reset();
      const double hz = fraction * out_hz / 2.0;
      const std::vector<float> y =
          Convert(*resampler, Sine(40000, hz, in_hz, 0.5), {4096});
      const std::span<const float> middle =
          std::span(y).subspan(y.size() / 4, y.size() / 2);
      EXPECT_LT(10.0 * std::log10(Energy(middle) / middle.size() / 0.125),
                -80.0)
          << hz << " Hz from " << in_hz << " to " << out_hz;
    }
  }
}

TEST(Resampler, RefusesRatesAndChunksOutOfRange) {
  EXPECT_FALSE(Resampler::Create(0, 48000, 100).ok());
  EXPECT_FALSE(Resampler::Create(48000, -1, 100).ok());
  EXPECT_FALSE(Resampler::Create(768001, 48000, 100).ok());
  EXPECT_FALSE(Resampler::Create(44100, 48000, 0).ok());
  const absl::Status status = Resampler::Create(999, 48000, 100).status();
  EXPECT_NE(status.message().find("999"), std::string::npos);
  EXPECT_TRUE(Resampler::Create(1000, 16000, 100).ok());
  EXPECT_TRUE(Resampler::Create(768000, 48000, 100).ok());
}

}  // namespace
}  // namespace tacet
