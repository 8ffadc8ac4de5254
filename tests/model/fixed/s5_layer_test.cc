// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/s5_layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

#include "model/fixed/arithmetic.h"

namespace tacet {
namespace {

using ::testing::ElementsAre;

constexpr int kMaxState = (1 << 23) - 1;
constexpr int kTokensAnHour = 3600 * 125;

// States alone, without matrices: acc is set by the test.
struct States {
  explicit States(const std::vector<std::complex<double>>& poles,
                  int max_state = kMaxState)
      : state(static_cast<int>(poles.size())),
        scratch(1, static_cast<int>(poles.size())) {
    for (const std::complex<double> pole : poles) {
      a_re.push_back(static_cast<int16_t>(std::lround(pole.real() * 32768)));
      a_im.push_back(static_cast<int16_t>(std::lround(pole.imag() * 32768)));
      scale.push_back(1);
      zero.push_back(0);
    }
    weights.max_state = max_state;
    weights.a_re = a_re;
    weights.a_im = a_im;
    weights.scale_re = scale;
    weights.scale_im = zero;
    weights.v_shift.assign(poles.size(), 0);
  }
  void Step() { UpdateState(weights, scratch, state); }
  bool IsZero() const {
    for (size_t p = 0; p < state.re.size(); ++p) {
      if (state.re[p] != 0 || state.im[p] != 0) return false;
    }
    return true;
  }

  std::vector<int16_t> a_re, a_im, scale, zero;
  FixedS5Weights weights;
  FixedS5State state;
  FixedS5Scratch scratch;
};

// The slowest poles that the loader takes, at many angles.
std::vector<std::complex<double>> SlowPoles() {
  std::vector<std::complex<double>> poles;
  for (int i = 0; i <= 64; ++i) {
    // A little inside, so that rounding to 15 bits cannot pass the limit.
    poles.push_back(
        std::polar(std::sqrt(1 - std::exp2(-13)) - 3e-5, i * 0.0490874));
  }
  return poles;
}

TEST(FixedS5Layer, StatesAreExactlyZeroAfterAnHourOfNothing) {
  States states(SlowPoles());
  for (size_t p = 0; p < states.a_re.size(); ++p) {
    const int64_t re = states.a_re[p], im = states.a_im[p];
    ASSERT_LE(re * re + im * im, (int64_t{1} << 30) - (int64_t{1} << 17)) << p;
    states.state.re[p] = states.state.im[p] = kMaxState;
  }
  int t = 0;
  for (; t < kTokensAnHour && !states.IsZero(); ++t) states.Step();
  EXPECT_TRUE(states.IsZero());
  EXPECT_LT(t, 36 * 60 * 125);  // the bound of docs/fixed-point.md
  states.Step();
  EXPECT_TRUE(states.IsZero());
}

TEST(FixedS5Layer, AStateFallsStrictlyWhileNothingComesIn) {
  States states(SlowPoles());
  std::mt19937 engine(3);
  for (int round = 0; round < 200; ++round) {
    const int size = 1 << (round % 23);
    for (size_t p = 0; p < states.a_re.size(); ++p) {
      states.state.re[p] = static_cast<int>(engine() % (2 * size + 1)) - size;
      states.state.im[p] = static_cast<int>(engine() % (2 * size + 1)) - size;
    }
    const FixedS5State before = states.state;
    states.Step();
    for (size_t p = 0; p < states.a_re.size(); ++p) {
      const int64_t x = before.re[p], y = before.im[p];
      const int64_t u = states.state.re[p], v = states.state.im[p];
      if (x == 0 && y == 0) continue;
      ASSERT_LT(u * u + v * v, x * x + y * y) << p << " " << x << " " << y;
    }
  }
}

// Why the product is cut off and not rounded: a rounded one never gets to 0.
TEST(FixedS5Layer, RoundingToTheNearestWouldNeverDecay) {
  const std::complex<double> pole = SlowPoles()[0];
  const int64_t a = std::lround(pole.real() * 32768);
  int64_t rounded = kMaxState;
  for (int t = 0; t < kTokensAnHour; ++t) {
    rounded = RoundShift64(a * rounded, kPoleExponent);
  }
  EXPECT_GT(rounded, 1000);
  EXPECT_EQ(RoundShift64(a * rounded, kPoleExponent), rounded);
  EXPECT_LT(TruncateShift(a * rounded, kPoleExponent), rounded);
}

// |e| <= sqrt(2)/(1 - |a|) units about what an exact recurrence does.
TEST(FixedS5Layer, FollowsAnExactRecurrenceWithinTheDerivedBound) {
  std::vector<std::complex<double>> poles = SlowPoles();
  for (int i = 0; i < 16; ++i) poles.push_back(std::polar(0.9, i * 0.4));
  States states(poles);
  std::vector<std::complex<double>> exact(poles.size());
  std::mt19937 engine(3);
  for (int t = 0; t < 20000; ++t) {
    for (size_t p = 0; p < poles.size(); ++p) {
      states.scratch.acc_re[p] = static_cast<int>(engine() % 201) - 80;
      states.scratch.acc_im[p] = static_cast<int>(engine() % 201) - 120;
      const std::complex<double> a(states.a_re[p] / 32768.0,
                                   states.a_im[p] / 32768.0);
      exact[p] = a * exact[p] + std::complex<double>(states.scratch.acc_re[p],
                                                     states.scratch.acc_im[p]);
    }
    states.Step();
    for (size_t p = 0; p < poles.size(); ++p) {
      const std::complex<double> a(states.a_re[p] / 32768.0,
                                   states.a_im[p] / 32768.0);
      const std::complex<double> is(states.state.re[p], states.state.im[p]);
      ASSERT_LE(std::abs(is - exact[p]), std::sqrt(2.0) / (1 - std::abs(a)))
          << p << " " << t;
    }
  }
}

TEST(FixedS5Layer, StatesSaturate) {
  for (int max_state : {kMaxState, 32767}) {
    States states({{0.9, 0.1}}, max_state);
    states.scratch.acc_re[0] = 2147483647;
    states.scratch.acc_im[0] = -2147483647;
    for (int t = 0; t < 10; ++t) states.Step();
    EXPECT_EQ(states.state.re[0], max_state);
    EXPECT_EQ(states.state.im[0], -max_state);
  }
}

TEST(FixedS5Layer, GatesTheStateAsTheFloatNetworkDoes) {
  States states({{0, 0}, {0, 0}, {0, 0}, {0, 0}});
  states.state.re = {64, -64, 0, 0};
  states.state.im = {-640, 640, 128, -128};
  states.weights.r_shift.assign(4, 6);
  ActivateFixedState(states.weights, StateActivation::kGateRe, states.state,
                     states.scratch);
  EXPECT_THAT(states.scratch.r_re, ElementsAre(1, 0, 0, 0));
  EXPECT_THAT(states.scratch.r_im, ElementsAre(-10, 0, 2, 0));
  ActivateFixedState(states.weights, StateActivation::kReluParts, states.state,
                     states.scratch);
  EXPECT_THAT(states.scratch.r_re, ElementsAre(1, 0, 0, 0));
  EXPECT_THAT(states.scratch.r_im, ElementsAre(0, 10, 2, 0));
}

}  // namespace
}  // namespace tacet
