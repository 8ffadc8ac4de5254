// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/feature_quantiser.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <vector>

namespace tacet {
namespace {

int16_t Quantise(float f, int exponent) {
  int16_t q;
  QuantiseFeatures({&f, 1}, exponent, {&q, 1});
  return q;
}

TEST(FeatureQuantiser, RoundsToTheNearestHalvesUp) {
  for (int exponent : {-3, 0, 10, 14}) {
    for (int i = -20; i <= 20; ++i) {
      const float unit = std::ldexp(1.0f, -exponent);
      EXPECT_EQ(Quantise(i * unit, exponent), i);
      EXPECT_EQ(Quantise((i + 0.5f) * unit, exponent), i + 1);
      EXPECT_EQ(
          Quantise(std::nextafter((i + 0.5f) * unit, -INFINITY), exponent), i);
    }
  }
  EXPECT_EQ(Quantise(-FLT_TRUE_MIN, 10), 0);
  EXPECT_EQ(Quantise(FLT_TRUE_MIN, 10), 0);
}

TEST(FeatureQuantiser, Saturates) {
  EXPECT_EQ(Quantise(FLT_MAX, 10), 32767);
  EXPECT_EQ(Quantise(-FLT_MAX, 30), -32767);
  EXPECT_EQ(Quantise(32.0f, 10), 32767);
}

}  // namespace
}  // namespace tacet
