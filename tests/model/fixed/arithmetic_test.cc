// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/arithmetic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace tacet {
namespace {

TEST(FixedArithmetic, RoundShiftIsTheFloorOfHalfMore) {
  for (int shift : {0, 1, 2, 7, 30}) {
    for (int64_t x : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{2},
                      int64_t{-2}, int64_t{3}, int64_t{-3}, int64_t{63},
                      int64_t{64}, int64_t{-64}, int64_t{-65}, int64_t{1} << 29,
                      (int64_t{1} << 30) - 1, -(int64_t{1} << 30)}) {
      const double exact =
          std::floor(std::ldexp(static_cast<double>(x), -shift) + 0.5);
      EXPECT_EQ(RoundShift(static_cast<int32_t>(x), shift), exact)
          << x << " " << shift;
      EXPECT_EQ(RoundShift64(x, shift), exact) << x << " " << shift;
    }
  }
  EXPECT_EQ(RoundShift64(int64_t{1} << 47, 46), 2);
  EXPECT_EQ(RoundShift64(-(int64_t{1} << 47), 46), -2);
}

TEST(FixedArithmetic, TruncateShiftNeverGrowsAModulus) {
  for (int64_t x = -70000; x <= 70000; ++x) {
    const int64_t cut = TruncateShift(x, 15);
    ASSERT_EQ(cut, x / 32768) << x;  // C++ division cuts towards zero
  }
  EXPECT_EQ(TruncateShift(-(int64_t{1} << 39), 15), -(int64_t{1} << 24));
}

TEST(FixedArithmetic, SaturatesAtItsLimits) {
  EXPECT_EQ(SaturateToActivation(40000), 32767);
  EXPECT_EQ(SaturateToActivation(-40000), -32767);
  EXPECT_EQ(SaturateToActivation(-32768), -32767);
  EXPECT_EQ(SaturateToRelu(-1), 0);
  EXPECT_EQ(SaturateToRelu(int64_t{1} << 40), 32767);
  EXPECT_EQ(Saturate(-(int64_t{1} << 40), 8388607), -8388607);
}

}  // namespace
}  // namespace tacet
