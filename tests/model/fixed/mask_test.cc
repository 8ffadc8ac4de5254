// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/mask.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstdint>
#include <random>
#include <vector>

#include "model/mask.h"

namespace tacet {
namespace {

constexpr int kBins = 257;

std::vector<int16_t> RandomOutputs(int size) {
  std::mt19937 engine(5);
  std::vector<int16_t> o(size);
  for (int16_t& v : o) {
    v = static_cast<int16_t>(static_cast<int>(engine() % 16001) - 8000);
  }
  return o;
}

// Twice the table's 1.5 units of 2^-15, and float rounding.
constexpr double kTolerance = 1e-4;

TEST(FixedMask, IsTheFloatRuleOnTheSameOutputs) {
  const FixedSigmoid sigmoid;
  const int exponent = 12;
  for (const MaskRule rule :
       {MaskRule::kOnePlus, MaskRule::kSigmoid, MaskRule::kComplex}) {
    const int size = rule == MaskRule::kComplex ? 3 * kBins : kBins;
    const std::vector<int16_t> o = RandomOutputs(size);
    std::vector<float> values(size);
    for (int i = 0; i < size; ++i) {
      const bool is_logit = rule != MaskRule::kOnePlus && i < kBins;
      values[i] = std::ldexp(static_cast<float>(o[i]),
                             is_logit ? -kLogitExponent : -exponent);
    }
    std::vector<std::complex<float>> is(kBins), expected(kBins);
    MaskFromFixedOutputs(rule, exponent, sigmoid, o, is);
    MaskFromOutputs(rule, values, expected);
    for (int k = 0; k < kBins; ++k) {
      ASSERT_LT(std::abs(is[k] - expected[k]), kTolerance) << k;
    }
  }
}

TEST(FixedMask, AComplexMaskWithoutPhaseIsReal) {
  const FixedSigmoid sigmoid;
  const std::vector<int16_t> o = {0, -4096, 0};  // u = 0
  std::vector<std::complex<float>> mask(1);
  MaskFromFixedOutputs(MaskRule::kComplex, 12, sigmoid, o, mask);
  EXPECT_EQ(mask[0], std::complex<float>(0.5f, 0.0f));
}

}  // namespace
}  // namespace tacet
