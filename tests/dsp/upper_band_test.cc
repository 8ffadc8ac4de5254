// SPDX-License-Identifier: Apache-2.0
#include "dsp/upper_band.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <memory>
#include <vector>

#include "dsp/front_end.h"
#include "dsp/stft.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

using Complex = std::complex<float>;

constexpr int kBins = 769;

// Energy of X and of M X over bins [first, last).
struct Band {
  int first;
  int last;
  double in = 0.0;
  double out = 0.0;

  void Add(const std::vector<Complex>& x, const std::vector<Complex>& m) {
    for (int k = first; k < last; ++k) {
      in += std::norm(x[k]);
      out += std::norm(m[k] * x[k]);
    }
  }
  double LossDb() const { return -10.0 * std::log10(out / in); }
};

class UpperBandTest : public testing::Test {
 protected:
  const FrontEnd front_end_ =
      FrontEnd::Create(WindowKind::kSqrtHann, 48000).value();
  std::unique_ptr<StftAnalysis> analysis_ =
      StftAnalysis::Create(front_end_).value();
  UpperBand upper_band_;
  std::vector<Complex> spectrum_ = std::vector<Complex>(kBins);
  std::vector<Complex> mask_ = std::vector<Complex>(kBins);

  void Push(const std::vector<float>& x, int hop) {
    analysis_->Push(std::span(x).subspan(hop * 384, 384), spectrum_);
  }
};

// A network's mask on noise is no constant: it flickers from bin to bin and
// from frame to frame, and follows the noise's own peaks.
TEST_F(UpperBandTest, WhiteNoiseLosesTheSameAboveAsBelow8Khz) {
  for (float depth_db : {3.0f, 10.0f, 20.0f, 40.0f}) {
    for (float frame_flicker_db : {0.0f, 3.0f, 6.0f}) {
      upper_band_.Reset();
      const int num_hops = 500;
      const std::vector<float> x = WhiteNoise(num_hops * 384, 1, 0.1f);
      const std::vector<float> frame_db =
          WhiteNoise(num_hops, 2, frame_flicker_db);
      const std::vector<float> bin_db = WhiteNoise(num_hops * 257, 3, 3.0f);
      Band reference{192, 256};  // 6-8 kHz
      Band upper{257, kBins};
      for (int hop = 0; hop < num_hops; ++hop) {
        Push(x, hop);
        for (int k = 0; k < 257; ++k) {
          const float db = -depth_db + frame_db[hop] + bin_db[hop * 257 + k];
          mask_[k] = std::min(1.0f, std::pow(10.0f, db / 20.0f));
        }
        upper_band_.Extend(spectrum_, mask_);
        if (hop < 10) continue;
        reference.Add(spectrum_, mask_);
        upper.Add(spectrum_, mask_);
      }
      EXPECT_NEAR(upper.LossDb(), reference.LossDb(), 1.5)
          << depth_db << " dB, flicker " << frame_flicker_db << " dB";
    }
  }
}

TEST_F(UpperBandTest, UnitMaskStaysUnit) {
  const std::vector<float> x = WhiteNoise(50 * 384, 4, 0.1f);
  for (int hop = 0; hop < 50; ++hop) {
    Push(x, hop);
    std::fill(mask_.begin(), mask_.begin() + 257, 1.0f);
    upper_band_.Extend(spectrum_, mask_);
    for (const Complex& m : mask_) ASSERT_NEAR(std::abs(m - 1.0f), 0.0f, 1e-6f);
  }
}

TEST_F(UpperBandTest, NeverAboveOne) {
  const std::vector<float> x = WhiteNoise(20 * 384, 5, 0.1f);
  for (int hop = 0; hop < 20; ++hop) {
    Push(x, hop);
    std::fill(mask_.begin(), mask_.begin() + 257, Complex(0.0f, 3.0f));
    upper_band_.Extend(spectrum_, mask_);
    ASSERT_LE(upper_band_.gain(), 1.0f);
    ASSERT_NEAR(upper_band_.gain(), 1.0f, 1e-6f);
  }
}

// Speech bursts 20 dB above a floor that the mask takes away by 30 dB.
TEST_F(UpperBandTest, OnsetSurvivesInItsFirstHop) {
  const std::vector<float> x = WhiteNoise(110 * 384, 6, 1.0f);
  std::vector<float> burst = x;
  for (int n = 0; n < 100 * 384; ++n) burst[n] *= 0.1f;
  for (int hop = 0; hop < 100; ++hop) {
    Push(burst, hop);
    std::fill(mask_.begin(), mask_.begin() + 257, 0.03f);
    upper_band_.Extend(spectrum_, mask_);
  }
  EXPECT_NEAR(upper_band_.gain(), 0.03f, 0.001f);
  Push(burst, 100);
  std::fill(mask_.begin(), mask_.begin() + 257, 1.0f);
  upper_band_.Extend(spectrum_, mask_);
  EXPECT_GT(upper_band_.gain(), 0.89f);  // -1 dB
}

// A word in noise: the gain comes back down after the word ends.
TEST_F(UpperBandTest, ReleasesWithinAQuarterOfASecond) {
  std::vector<float> x = WhiteNoise(60 * 384, 7, 1.0f);
  for (int n = 20 * 384; n < 60 * 384; ++n) x[n] *= 0.03f;
  for (int hop = 0; hop < 20 + 3 + 31; ++hop) {
    Push(x, hop);
    std::fill(mask_.begin(), mask_.begin() + 257, hop < 20 + 3 ? 1.0f : 0.1f);
    upper_band_.Extend(spectrum_, mask_);
    if (hop == 25) {
      EXPECT_GT(upper_band_.gain(), 0.9f);  // no abrupt gate
    }
  }
  EXPECT_LT(upper_band_.gain(), 0.15f);
}

// The network sees 16 kHz material's roll-off as something to remove.
TEST_F(UpperBandTest, IgnoresTheMaskAbove7500Hz) {
  const std::vector<float> x = WhiteNoise(20 * 384, 8, 0.1f);
  for (int hop = 0; hop < 20; ++hop) {
    Push(x, hop);
    std::fill(mask_.begin(), mask_.begin() + 241, 0.5f);
    std::fill(mask_.begin() + 241, mask_.begin() + 257, 0.0f);
    upper_band_.Extend(spectrum_, mask_);
  }
  EXPECT_NEAR(upper_band_.gain(), 0.5f, 1e-6f);
}

TEST_F(UpperBandTest, ComesOverSmoothlyBelow8Khz) {
  const std::vector<float> x = WhiteNoise(20 * 384, 9, 0.1f);
  for (int hop = 0; hop < 20; ++hop) {
    Push(x, hop);
    std::fill(mask_.begin(), mask_.begin() + 241, 1.0f);
    std::fill(mask_.begin() + 241, mask_.begin() + 257, 0.0f);
    upper_band_.Extend(spectrum_, mask_);
  }
  const float u = upper_band_.gain();
  EXPECT_NEAR(u, 1.0f, 1e-6f);
  EXPECT_EQ(mask_[239], Complex(1.0f));
  for (int k = 242; k <= 257; ++k) {
    EXPECT_NEAR((mask_[k] - mask_[k - 1]).real(), 1.0f / 18.0f, 1e-5f) << k;
  }
  for (int k = 257; k < kBins; ++k) ASSERT_EQ(mask_[k], Complex(u));
}

TEST_F(UpperBandTest, SilenceGivesOneAndStaysFinite) {
  for (int hop = 0; hop < 100000; ++hop) {
    std::fill(mask_.begin(), mask_.begin() + 257, 0.0f);
    upper_band_.Extend(spectrum_, mask_);
  }
  EXPECT_EQ(upper_band_.gain(), 1.0f);
}

TEST_F(UpperBandTest, SurvivesTheLargestSamples) {
  std::vector<float> x = WhiteNoise(20 * 384, 10, 1.0f);
  for (float& sample : x) sample = sample > 0.0f ? 16777216.0f : -16777216.0f;
  for (int hop = 0; hop < 20; ++hop) {
    Push(x, hop);
    std::fill(mask_.begin(), mask_.begin() + 257, 0.5f);
    upper_band_.Extend(spectrum_, mask_);
    ASSERT_NEAR(upper_band_.gain(), 0.5f, 1e-6f);
  }
}

TEST_F(UpperBandTest, BrokenMaskDoesNotPoisonTheState) {
  const std::vector<float> x = WhiteNoise(60 * 384, 11, 0.1f);
  for (int hop = 0; hop < 60; ++hop) {
    Push(x, hop);
    std::fill(mask_.begin(), mask_.begin() + 257,
              hop == 0 ? std::numeric_limits<float>::quiet_NaN() : 0.5f);
    upper_band_.Extend(spectrum_, mask_);
  }
  EXPECT_NEAR(upper_band_.gain(), 0.5f, 1e-3f);
}

TEST_F(UpperBandTest, ResetForgetsEverything) {
  const std::vector<float> x = WhiteNoise(2 * 384, 12, 0.1f);
  auto first_gain = [&] {
    Push(x, 0);
    std::fill(mask_.begin(), mask_.begin() + 257, 0.3f);
    upper_band_.Extend(spectrum_, mask_);
    return upper_band_.gain();
  };
  const float expected = first_gain();
  Push(x, 1);
  std::fill(mask_.begin(), mask_.begin() + 257, 1.0f);
  upper_band_.Extend(spectrum_, mask_);
  upper_band_.Reset();
  EXPECT_EQ(upper_band_.gain(), 1.0f);
  EXPECT_NEAR(first_gain(), expected, 1e-6f);
}

TEST_F(UpperBandTest, ProcessIsRealtimeSafe) {
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    upper_band_.Extend(spectrum_, mask_);
    upper_band_.Reset();
  });
  EXPECT_EQ(counts.total(), 0);
}

}  // namespace
}  // namespace tacet
