// SPDX-License-Identifier: Apache-2.0
#include "cli/quantiser.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace tacet {
namespace {

std::vector<double> Quantise(int bits, const std::vector<float>& x) {
  Quantiser quantiser(bits);
  std::vector<int32_t> y(x.size());
  quantiser.Quantise(x, y);
  std::vector<double> steps;
  for (int32_t sample : y) {
    steps.push_back(std::ldexp(sample, bits - 32));
    EXPECT_EQ(steps.back(), std::round(steps.back()));
  }
  return steps;
}

TEST(Quantiser, RoundsToTheNearestStepWithoutDitherAt24Bit) {
  const float step = std::ldexp(1.0f, -23);
  const auto y = Quantise(24, {0.0f, step, 1.4f * step, -1.6f * step, 0.5f});
  EXPECT_EQ(y, (std::vector<double>{0, 1, 1, -2, 1 << 22}));
}

TEST(Quantiser, DitherMakesMeanAndNoisePowerIndependentOfTheSignal) {
  constexpr int kCount = 200000;
  for (double level : {0.0, 0.25, 0.5, 7.9}) {
    const std::vector<float> x(kCount,
                               static_cast<float>(std::ldexp(level, -15)));
    double sum = 0;
    double square = 0;
    for (double y : Quantise(16, x)) {
      sum += y - level;
      square += (y - level) * (y - level);
    }
    // Triangular dither: error of mean 0 and power 1/4 step^2.
    EXPECT_NEAR(sum / kCount, 0.0, 0.01) << level;
    EXPECT_NEAR(square / kCount, 0.25, 0.01) << level;
  }
}

TEST(Quantiser, ClipsAndCountsWhatIsOutsideTheRange) {
  Quantiser quantiser(16);
  const std::vector<float> x = {1.5f,
                                -1.5f,
                                32767.0f / 32768.0f,
                                -1.0f,
                                std::numeric_limits<float>::infinity(),
                                std::numeric_limits<float>::quiet_NaN()};
  std::vector<int32_t> y(x.size());
  quantiser.Quantise(x, y);
  EXPECT_EQ(y[0] >> 16, 32767);
  EXPECT_EQ(y[1] >> 16, -32768);
  EXPECT_GE(y[2] >> 16, 32765);
  EXPECT_LE(y[3] >> 16, -32766);
  EXPECT_LE(std::abs(y[4] >> 16), 1);
  EXPECT_LE(std::abs(y[5] >> 16), 1);
  EXPECT_EQ(quantiser.num_clipped(), 2);
}

TEST(Quantiser, IsTheSameEachTime) {
  const std::vector<float> x(1000, 0.1f);
  EXPECT_EQ(Quantise(16, x), Quantise(16, x));
}

}  // namespace
}  // namespace tacet
