// SPDX-License-Identifier: Apache-2.0
#include "dsp/stft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <tuple>
#include <vector>

#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

using Spectrum = std::vector<std::complex<float>>;

class Stft : public testing::TestWithParam<std::tuple<WindowKind, int>> {
 protected:
  const FrontEnd front_end_ =
      FrontEnd::Create(std::get<0>(GetParam()), std::get<1>(GetParam()))
          .value();
  std::unique_ptr<StftAnalysis> analysis_ =
      StftAnalysis::Create(front_end_).value();
  std::unique_ptr<StftSynthesis> synthesis_ =
      StftSynthesis::Create(front_end_).value();

  // Analysis and synthesis of all whole hops of x.
  std::vector<float> Process(const std::vector<float>& x) {
    std::vector<float> y(x.size());
    Spectrum spectrum(front_end_.num_bins);
    const size_t hop = front_end_.hop_size;
    for (size_t n = 0; n + hop <= x.size(); n += hop) {
      analysis_->Push(std::span(x).subspan(n, hop), spectrum);
      synthesis_->Push(spectrum, std::span(y).subspan(n, hop));
    }
    return y;
  }
};

TEST_P(Stft, ReconstructsWithinMinus120Db) {
  const int hop = front_end_.hop_size;
  const int num_samples = 50 * hop;
  const std::vector<float> x = WhiteNoise(num_samples, 5, 0.1f);
  const std::vector<float> y = Process(x);
  // After hop k the output is at (k + 1) hop - latency.
  const int delay = front_end_.latency_samples - hop;
  EXPECT_LT(ErrorDb(std::span(x).first(num_samples - delay),
                    std::span(y).subspan(delay)),
            -120.0);
  for (int n = 0; n < delay; ++n) ASSERT_NEAR(y[n], 0.0f, 1e-6);
}

TEST_P(Stft, ReconstructsAtFullScaleAndFarBelow) {
  for (float scale : {1e-6f, 1.0f, 1e4f}) {
    analysis_->Reset();
    synthesis_->Reset();
    std::vector<float> x = WhiteNoise(20 * front_end_.hop_size, 6, scale);
    const std::vector<float> y = Process(x);
    const int delay = front_end_.latency_samples - front_end_.hop_size;
    EXPECT_LT(ErrorDb(std::span(x).first(x.size() - delay),
                      std::span(y).subspan(delay)),
              -120.0);
  }
}

TEST_P(Stft, SineOnABinHasItsAmplitude) {
  const int bin = 40;  // 1250 Hz
  const std::vector<float> x = Sine(8 * front_end_.hop_size, 31.25 * bin,
                                    front_end_.sample_rate_hz, 0.5);
  Spectrum spectrum(front_end_.num_bins);
  for (size_t n = 0; n < x.size(); n += front_end_.hop_size) {
    analysis_->Push(std::span(x).subspan(n, front_end_.hop_size), spectrum);
  }
  // |X| / sum(w) = A / 2, at either rate. The bound is the leakage of the
  // mirror frequency.
  EXPECT_NEAR(std::abs(spectrum[bin]) / analysis_->window_sum(), 0.25, 1e-3);
}

TEST_P(Stft, ResetForgetsEverything) {
  const std::vector<float> x = WhiteNoise(8 * front_end_.hop_size, 7, 0.1f);
  const std::vector<float> first = Process(x);
  const std::vector<float> other = Process(x);
  EXPECT_NE(first, other);
  analysis_->Reset();
  synthesis_->Reset();
  EXPECT_EQ(Process(x), first);
}

TEST_P(Stft, ProcessIsRealtimeSafe) {
  const std::vector<float> x = WhiteNoise(front_end_.hop_size, 8, 0.1f);
  std::vector<float> y(front_end_.hop_size);
  Spectrum spectrum(front_end_.num_bins);
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    for (int hop = 0; hop < 10; ++hop) {
      analysis_->Push(x, spectrum);
      synthesis_->Push(spectrum, y);
    }
    analysis_->Reset();
    synthesis_->Reset();
  });
  EXPECT_EQ(counts.total(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    All, Stft,
    testing::Combine(testing::Values(WindowKind::kSqrtHann, WindowKind::kBoxcar,
                                     WindowKind::kLowLatency),
                     testing::Values(16000, 48000)));

TEST(StftCreate, RefusesAFrontEndWithOtherSizes) {
  FrontEnd front_end;
  front_end.window_size = 400;
  EXPECT_FALSE(StftAnalysis::Create(front_end).ok());
  EXPECT_FALSE(StftSynthesis::Create(front_end).ok());
}

}  // namespace
}  // namespace tacet
