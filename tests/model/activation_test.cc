// SPDX-License-Identifier: Apache-2.0
#include "model/activation.h"

#include <gtest/gtest.h>

#include <complex>
#include <limits>

namespace tacet {
namespace {

using Complex = std::complex<float>;

TEST(Sigmoid, MatchesKnownValuesAndSaturates) {
  EXPECT_EQ(Sigmoid(0), 0.5f);
  EXPECT_NEAR(Sigmoid(1), 0.73105858, 1e-7);
  EXPECT_NEAR(Sigmoid(-1), 0.26894142, 1e-7);
  EXPECT_EQ(Sigmoid(1e30f), 1.0f);
  EXPECT_EQ(Sigmoid(-1e30f), 0.0f);
}

// Values of torch.nn.functional.gelu(x, approximate="tanh").
TEST(GeluTanh, MatchesKnownValues) {
  EXPECT_EQ(GeluTanh(0), 0.0f);
  EXPECT_NEAR(GeluTanh(1), 0.84119199, 1e-6);
  EXPECT_NEAR(GeluTanh(-1), -0.15880801, 1e-6);
  EXPECT_NEAR(GeluTanh(0.5), 0.34571401, 1e-6);
  EXPECT_NEAR(GeluTanh(3), 2.99636261, 1e-6);
  EXPECT_EQ(GeluTanh(100), 100.0f);
}

TEST(GateRe, FollowsTheSignOfTheRealPart) {
  EXPECT_EQ(GateRe(1, 2), Complex(1, 2));
  EXPECT_EQ(GateRe(1, -2), Complex(1, -2));
  EXPECT_EQ(GateRe(-1, 2), Complex(0, 0));
  EXPECT_EQ(GateRe(-1, -2), Complex(0, 0));
  const float least = std::numeric_limits<float>::min();
  EXPECT_EQ(GateRe(least, -2), Complex(least, -2));
  EXPECT_EQ(GateRe(-least, 2), Complex(0, 0));
}

TEST(GateRe, LooksAtTheImaginaryPartWhereTheRealPartIsZero) {
  EXPECT_EQ(GateRe(0, 2), Complex(0, 2));
  EXPECT_EQ(GateRe(-0.0f, 2), Complex(0, 2));
  EXPECT_EQ(GateRe(0, -2), Complex(0, 0));
  EXPECT_EQ(GateRe(0, 0), Complex(0, 0));
}

TEST(ActivateState, ChoosesByKind) {
  EXPECT_EQ(ActivateState(StateActivation::kGateRe, 1, -2), Complex(1, -2));
  EXPECT_EQ(ActivateState(StateActivation::kReluParts, 1, -2), Complex(1, 0));
  EXPECT_EQ(ActivateState(StateActivation::kReluParts, -1, 2), Complex(0, 2));
  EXPECT_EQ(ActivateState(StateActivation::kNone, -1, -2), Complex(-1, -2));
}

TEST(Activate, ReluActsEverywhereAndGeluOnlyBeforeTheGate) {
  EXPECT_EQ(Activate(Activation::kRelu, -3), 0.0f);
  EXPECT_EQ(Activate(Activation::kRelu, 3), 3.0f);
  EXPECT_EQ(ActivateResidual(Activation::kRelu, -3), 0.0f);
  EXPECT_EQ(Activate(Activation::kGelu, -1), GeluTanh(-1));
  EXPECT_EQ(ActivateResidual(Activation::kGelu, -3), -3.0f);
}

}  // namespace
}  // namespace tacet
