// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/sigmoid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace tacet {
namespace {

TEST(FixedSigmoid, NeverFallsAndSaturates) {
  const FixedSigmoid sigmoid;
  int previous = 0;
  for (int x = -32767; x <= 32767; ++x) {
    const int value = sigmoid(static_cast<int16_t>(x));
    ASSERT_GE(value, previous) << x;
    ASSERT_LE(value, 32767) << x;
    previous = value;
  }
  EXPECT_EQ(sigmoid(-32767), 0);
  EXPECT_EQ(sigmoid(32767), 32767);
  EXPECT_EQ(sigmoid(0), 16384);
}

TEST(FixedSigmoid, IsSymmetricAboutOneHalf) {
  const FixedSigmoid sigmoid;
  for (int x = 1; x <= 32767; ++x) {
    const int high = sigmoid(static_cast<int16_t>(x));
    const int low = sigmoid(static_cast<int16_t>(-x));
    // At the top 32768 is cut to 32767.
    ASSERT_TRUE(high + low == 32768 || (high == 32767 && low == 0)) << x;
  }
}

TEST(FixedSigmoid, LiesWithinOneAndAHalfUnitsOfTheSigmoid) {
  const FixedSigmoid sigmoid;
  for (int x = -32767; x <= 32767; ++x) {
    const double exact = 32768 / (1 + std::exp(-x / 2048.0));
    ASSERT_NEAR(sigmoid(static_cast<int16_t>(x)), exact, 1.5) << x;
  }
}

TEST(FixedSigmoid, DoesNotVaryBeyondItsVaryingEntries) {
  const FixedSigmoid sigmoid;
  for (int i = FixedSigmoid::kNumVarying - 2; i < FixedSigmoid::kNumEntries;
       ++i) {
    ASSERT_EQ(sigmoid.table()[i], 32768) << i;
  }
}

// A library's exp is right to 1e-9 and better; then every table is the same.
TEST(FixedSigmoid, NoEntryIsNearWhereRoundingTurns) {
  for (int i = 0; i < FixedSigmoid::kNumEntries; ++i) {
    const double value = 32768 / (1 + std::exp(-i / 32.0));
    const double to_turn = std::abs(value - std::floor(value) - 0.5);
    ASSERT_GT(to_turn, 1e-4) << i;
  }
}

}  // namespace
}  // namespace tacet
