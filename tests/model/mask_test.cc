// SPDX-License-Identifier: Apache-2.0
#include "model/mask.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace tacet {
namespace {

using Complex = std::complex<float>;

TEST(Mask, OnePlusAddsOne) {
  const std::vector<float> o = {-1.5f, 0.0f, 2.0f};
  std::vector<Complex> mask(3);
  MaskFromOutputs(MaskRule::kOnePlus, o, mask);
  EXPECT_EQ(mask[0], Complex(-0.5f, 0));
  EXPECT_EQ(mask[1], Complex(1, 0));
  EXPECT_EQ(mask[2], Complex(3, 0));
}

TEST(Mask, SigmoidIsReal) {
  const std::vector<float> o = {0.0f, 50.0f};
  std::vector<Complex> mask(2, Complex(9, 9));
  MaskFromOutputs(MaskRule::kSigmoid, o, mask);
  EXPECT_EQ(mask[0], Complex(0.5f, 0));
  EXPECT_EQ(mask[1], Complex(1, 0));
}

TEST(Mask, ComplexHasTheSigmoidsModulusAndThePhaseOfU) {
  // u = (1 + 2, 4): 3 + 4j over 5; and u = (1 − 1, −2): −j.
  const std::vector<float> o = {0, 0, 2, -1, 4, -2};
  std::vector<Complex> mask(2);
  MaskFromOutputs(MaskRule::kComplex, o, mask);
  EXPECT_NEAR(mask[0].real(), 0.3, 1e-7);
  EXPECT_NEAR(mask[0].imag(), 0.4, 1e-7);
  EXPECT_NEAR(mask[1].real(), 0.0, 1e-7);
  EXPECT_NEAR(mask[1].imag(), -0.5, 1e-7);
}

TEST(Mask, ComplexHasNoPhaseWhereUVanishes) {
  const std::vector<float> o = {0, 0, -1, -1, 0, 5e-7f};
  std::vector<Complex> mask(2);
  MaskFromOutputs(MaskRule::kComplex, o, mask);
  EXPECT_EQ(mask[0], Complex(0.5f, 0));
  EXPECT_EQ(mask[1], Complex(0.5f, 0));
}

TEST(Mask, NoModulusIsAboveTheRulesLimit) {
  constexpr float kRounding = 1 + 1e-6f;
  EXPECT_EQ(MaxMaskModulus(MaskRule::kSigmoid), 1.0f);
  EXPECT_EQ(MaxMaskModulus(MaskRule::kComplex), 1.0f);
  EXPECT_GT(MaxMaskModulus(MaskRule::kOnePlus), 4.0f);
  for (int i = -50; i <= 50; ++i) {
    const float x = 0.7f * static_cast<float>(i);
    const std::array<float, 3> o = {30.0f + x, x, 3.0f - x};
    std::array<Complex, 1> mask;
    MaskFromOutputs(MaskRule::kSigmoid, std::span(o).first(1), mask);
    EXPECT_LE(std::abs(mask[0]), kRounding) << i;
    MaskFromOutputs(MaskRule::kComplex, o, mask);
    EXPECT_LE(std::abs(mask[0]), kRounding) << i;
  }
}

TEST(Mask, ComplexStaysFiniteForHugeOutputs) {
  const std::vector<float> o = {1e30f, 3e38f, -3e38f};
  std::vector<Complex> mask(1);
  MaskFromOutputs(MaskRule::kComplex, o, mask);
  EXPECT_TRUE(std::isfinite(mask[0].real()) && std::isfinite(mask[0].imag()));
}

}  // namespace
}  // namespace tacet
