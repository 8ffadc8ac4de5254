// SPDX-License-Identifier: Apache-2.0
#include "dsp/gain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <vector>

#include "dsp/front_end.h"
#include "dsp/stft.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

using Complex = std::complex<float>;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Complex Apply(const Gain& gain, Complex mask) {
  Complex result;
  gain.Apply(std::span(&mask, 1), std::span(&result, 1));
  return result;
}

TEST(Strength, MinGainFollowsTheLimit) {
  EXPECT_FLOAT_EQ(MinGain({20.0f}), 0.1f);
  EXPECT_FLOAT_EQ(MinGain({6.0206f}), 0.5f);
  EXPECT_EQ(MinGain({0.0f}), 1.0f);
  EXPECT_EQ(MinGain({kInf}), 0.0f);
  EXPECT_EQ(MinGain(Strength()), 0.0f);
}

TEST(Strength, RefusesNegativeAndNan) {
  EXPECT_TRUE(ValidateStrength({0.0f}).ok());
  EXPECT_TRUE(ValidateStrength({kInf}).ok());
  EXPECT_FALSE(ValidateStrength({-1.0f}).ok());
  EXPECT_FALSE(ValidateStrength({kNan}).ok());
  // In the audio path they take nothing away.
  EXPECT_EQ(MinGain({-1.0f}), 1.0f);
  EXPECT_EQ(MinGain({kNan}), 1.0f);
}

TEST(Gain, IsTheEquation) {
  const Gain gain({20.0f});
  EXPECT_NEAR(std::abs(Apply(gain, 0.5f) - 0.55f), 0.0f, 1e-6f);
  EXPECT_NEAR(std::abs(Apply(gain, {0.5f, 0.5f}) - Complex(0.55f, 0.45f)), 0.0f,
              1e-6f);
  EXPECT_NEAR(std::abs(Apply(gain, 1.0f) - 1.0f), 0.0f, 1e-6f);
  EXPECT_NEAR(std::abs(Apply(gain, 2.0f) - 1.9f), 0.0f, 1e-6f);
}

TEST(Gain, WithoutALimitIsTheMask) {
  const Gain gain;
  for (Complex mask :
       {Complex(0.3f), Complex(0.0f), Complex(-0.2f, 0.7f), Complex(1e-9f)}) {
    EXPECT_EQ(Apply(gain, mask), mask);
  }
}

TEST(Gain, NeverLessThanMinGain) {
  for (float limit_db : {0.0f, 6.0f, 12.0f, 30.0f, 100.0f}) {
    const Gain gain({limit_db});
    const float min_gain = MinGain({limit_db});
    const std::vector<float> noise = WhiteNoise(2000, 1, 0.7f);
    for (size_t n = 0; n < noise.size(); n += 2) {
      for (Complex mask :
           {Complex(noise[n]), Complex(noise[n], noise[n + 1])}) {
        EXPECT_GE(std::abs(Apply(gain, mask)), min_gain * 0.99999f);
      }
    }
    // Where S is 0, or has no phase to keep, the gain is real.
    const Complex zero = -min_gain / (1.0f - min_gain);
    if (min_gain < 1.0f) {
      EXPECT_NEAR(std::abs(Apply(gain, zero)), min_gain, 1e-5f * min_gain);
    }
  }
}

TEST(Gain, ScalingUpKeepsThePhase) {
  const Gain gain({20.0f});
  const Complex mask(-0.12f, 0.03f);
  const Complex s = 0.1f + 0.9f * mask;
  ASSERT_LT(std::abs(s), 0.1f);
  EXPECT_NEAR(std::arg(Apply(gain, mask)), std::arg(s), 1e-4f);
  EXPECT_NEAR(std::abs(Apply(gain, mask)), 0.1f, 1e-6f);
}

TEST(Gain, MixIsTheShareOfTheMask) {
  Gain gain;
  const auto mixed = [&gain](float wet) {
    gain.SetMix(wet);
    gain.Reset();
    return Apply(gain, 0.5f);
  };
  EXPECT_EQ(mixed(1.0f), Complex(0.5f));
  EXPECT_EQ(mixed(0.25f), Complex(0.875f));
  EXPECT_EQ(mixed(0.0f), Complex(1.0f));
  EXPECT_EQ(mixed(2.0f), Complex(0.5f));
  EXPECT_EQ(mixed(-1.0f), Complex(1.0f));
  EXPECT_EQ(mixed(std::nanf("")), Complex(0.5f));
}

TEST(Gain, BypassIsExactlyOne) {
  const Gain gain({20.0f}, true);
  EXPECT_EQ(Apply(gain, 0.0f), Complex(1.0f));
  EXPECT_EQ(Apply(gain, {-0.3f, 2.0f}), Complex(1.0f));
}

TEST(Gain, BrokenMaskPassesTheSignal) {
  const Gain gain({20.0f});
  for (Complex mask : {Complex(kNan), Complex(0.0f, kNan), Complex(kInf),
                       Complex(0.0f, -kInf)}) {
    EXPECT_NEAR(std::abs(Apply(gain, mask) - 1.0f), 0.0f, 1e-6f);
  }
}

TEST(Gain, StrengthIsRampedLinearlyOver40Ms) {
  Gain gain({kInf});
  gain.SetStrength({20.0f});
  EXPECT_EQ(gain.min_gain(), 0.0f);
  for (int hop = 1; hop <= 5; ++hop) {
    gain.NextHop();
    EXPECT_NEAR(gain.min_gain(), 0.02f * hop, 1e-7f);
    // A control loop that repeats itself does not hold the ramp back.
    gain.SetStrength({20.0f});
  }
  EXPECT_EQ(gain.min_gain(), MinGain({20.0f}));
  gain.NextHop();
  EXPECT_EQ(gain.min_gain(), MinGain({20.0f}));
}

TEST(Gain, ChangeDuringARampGoesOnFromThere) {
  Gain gain({kInf});
  gain.SetStrength({0.0f});
  gain.NextHop();
  gain.NextHop();
  EXPECT_NEAR(gain.min_gain(), 0.4f, 1e-6f);
  gain.SetStrength({kInf});
  for (int hop = 4; hop >= 0; --hop) {
    gain.NextHop();
    EXPECT_NEAR(gain.min_gain(), 0.08f * hop, 1e-6f);
  }
  EXPECT_EQ(gain.min_gain(), 0.0f);
}

TEST(Gain, ResetEndsRamps) {
  Gain gain({kInf});
  gain.SetStrength({20.0f});
  gain.SetBypass(true);
  gain.Reset();
  EXPECT_EQ(gain.min_gain(), MinGain({20.0f}));
  EXPECT_EQ(gain.wet(), 0.0f);
}

// A click is energy where the signal has none. A 500 Hz sine under a change
// from full suppression to bypass must stay dark above 4 kHz.
TEST(Gain, ChangesDoNotClick) {
  const FrontEnd front_end;
  auto analysis = StftAnalysis::Create(front_end).value();
  auto synthesis = StftSynthesis::Create(front_end).value();
  auto probe = StftAnalysis::Create(front_end).value();
  Gain gain({40.0f});
  const std::vector<float> x =
      Sine(100 * front_end.hop_size, 500.0, 16000, 0.5);
  std::vector<float> y(front_end.hop_size);
  std::vector<Complex> spectrum(front_end.num_bins), g(front_end.num_bins);
  const std::vector<Complex> mask(front_end.num_bins, 0.0f);
  double worst_high = 0.0;
  double best_low = 0.0;
  for (int hop = 0; hop < 100; ++hop) {
    if (hop == 30) gain.SetStrength({3.0f});
    if (hop == 50) gain.SetBypass(true);
    if (hop == 70) gain.SetBypass(false);
    if (hop == 72) gain.SetStrength({40.0f});
    analysis->Push(
        std::span(x).subspan(hop * front_end.hop_size, front_end.hop_size),
        spectrum);
    gain.NextHop();
    gain.Apply(mask, g);
    for (int k = 0; k < front_end.num_bins; ++k) spectrum[k] *= g[k];
    synthesis->Push(spectrum, y);
    probe->Push(y, spectrum);
    if (hop < 10) continue;  // the sine's own start
    double high = 0.0;
    for (int k = 128; k < front_end.num_bins; ++k) {
      high += std::norm(spectrum[k]);
    }
    worst_high = std::max(worst_high, high);
    best_low = std::max(best_low, static_cast<double>(std::norm(spectrum[16])));
  }
  EXPECT_LT(10.0 * std::log10(worst_high / best_low), -70.0);
}

TEST(Gain, ProcessIsRealtimeSafe) {
  Gain gain;
  std::vector<Complex> mask(769, Complex(0.5f, 0.1f));
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    gain.SetStrength({12.0f});
    gain.SetBypass(true);
    gain.NextHop();
    gain.Apply(mask, mask);
    gain.Reset();
  });
  EXPECT_EQ(counts.total(), 0);
}

}  // namespace
}  // namespace tacet
