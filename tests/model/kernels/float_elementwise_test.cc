// SPDX-License-Identifier: Apache-2.0
// The loops over elements of every float table against the scalar reference.
#include "model/kernels/float_elementwise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "model/kernels/float_kernels.h"
#include "model/s5_layer.h"
#include "tests/model/kernels/kernels_case.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

// Whole vectors, and what is left over.
constexpr int kSizes[] = {0, 1, 7, 8, 9, 15, 16, 17, 64, 128, 257};

std::vector<float> Normal(int size, float scale, uint32_t seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> x(size);
  for (float& v : x) v = engine() % 16 == 0 ? 0.0f : normal(engine);
  return x;
}

using FloatElementwiseTest = KernelsCase<FloatKernels, SupportedFloatKernels>;

TEST_P(FloatElementwiseTest, StatesHaveTheReferencesBits) {
  for (const int size : kSizes) {
    const auto a_re = Normal(size, 0.5f, 1), a_im = Normal(size, 0.5f, 2);
    const auto f_re = Normal(size, 1.0f, 3), f_im = Normal(size, 1.0f, 4);
    S5Weights w;
    w.a_re = a_re;
    w.a_im = a_im;
    w.scale_re = f_re;
    w.scale_im = f_im;
    for (const StateActivation activation :
         {StateActivation::kGateRe, StateActivation::kReluParts,
          StateActivation::kNone}) {
      S5Scratch expected(0, size), found(0, size);
      S5State expected_state(size), found_state(size);
      std::ranges::copy(Normal(size, 1.0f, 5), expected_state.re.begin());
      std::ranges::copy(Normal(size, 1.0f, 6), expected_state.im.begin());
      std::ranges::copy(Normal(size, 1.0f, 7), expected.v_re.begin());
      std::ranges::copy(Normal(size, 1.0f, 8), expected.v_im.begin());
      found_state = expected_state;
      found = expected;
      kScalarFloatKernels.step_states(w, activation, expected, expected_state);
      kernels_->step_states(w, activation, found, found_state);
      EXPECT_EQ(found_state.re, expected_state.re);
      EXPECT_EQ(found_state.im, expected_state.im);
      EXPECT_EQ(found.r_re, expected.r_re);
      EXPECT_EQ(found.r_im, expected.r_im);
    }
  }
}

TEST_P(FloatElementwiseTest, SkipsAndActivationsHaveTheReferencesBits) {
  for (const int size : kSizes) {
    for (const Activation activation : {Activation::kRelu, Activation::kGelu}) {
      const auto d = Normal(size, 1.0f, 1), x = Normal(size, 1.0f, 2);
      auto expected = Normal(size, 1.0f, 3), found = expected;
      kScalarFloatKernels.finish_y(activation, d, x, expected);
      kernels_->finish_y(activation, d, x, found);
      EXPECT_EQ(found, expected);
      expected = found = x;
      kScalarFloatKernels.activate_residual(activation, expected);
      kernels_->activate_residual(activation, found);
      EXPECT_EQ(found, expected);
    }
  }
}

// A sigmoid is off by an exponential (one unit of the last place, 2^-23), a sum
// and a quotient (half a unit each), the rest by half a unit each; below the
// least normal number it may be 0.
constexpr double kSigmoidError = 2.0 / (1 << 23);
constexpr double kTiny = std::numeric_limits<float>::min();

double ExactSigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

TEST_P(FloatElementwiseTest, GatesAreTheSigmoidsButForRounding) {
  for (const int size : kSizes) {
    for (const Activation activation : {Activation::kRelu, Activation::kGelu}) {
      const auto x = Normal(size, 1.0f, 1), y = Normal(size, 1.0f, 2);
      const auto gate = Normal(size, 30.0f, 3);
      std::vector<float> out(size);
      kernels_->add_gated(activation, x, y, gate, out);
      for (int h = 0; h < size; ++h) {
        const double z = y[h] * ExactSigmoid(gate[h]);
        const double sum = z + x[h];
        const double exact =
            activation == Activation::kRelu ? std::max(sum, 0.0) : sum;
        EXPECT_NEAR(out[h], exact,
                    std::abs(z) * (kSigmoidError + std::exp2(-24)) +
                        std::exp2(-24) * std::abs(sum) + kTiny)
            << gate[h];
      }
    }
  }
}

TEST_P(FloatElementwiseTest, MasksAreTheSigmoidsButForRounding) {
  for (const int size : kSizes) {
    auto o = Normal(size, 40.0f, 1);
    std::vector<std::complex<float>> mask(size, {7.0f, 7.0f});
    kernels_->mask(MaskRule::kSigmoid, o, mask);
    for (int k = 0; k < size; ++k) {
      const double exact = ExactSigmoid(o[k]);
      EXPECT_NEAR(mask[k].real(), exact, kSigmoidError * exact + kTiny) << o[k];
      EXPECT_EQ(mask[k].imag(), 0.0f);
    }
    for (const MaskRule rule : {MaskRule::kOnePlus, MaskRule::kComplex}) {
      const auto outputs =
          Normal(rule == MaskRule::kComplex ? 3 * size : size, 2.0f, 2);
      std::vector<std::complex<float>> expected(size), found(size);
      kScalarFloatKernels.mask(rule, outputs, expected);
      kernels_->mask(rule, outputs, found);
      EXPECT_EQ(found, expected);
    }
  }
}

TEST_P(FloatElementwiseTest, SigmoidsOfExtremesAreTheLimitsAndNanStays) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> o = {infinity, -infinity, 3e38f,     -3e38f,
                                1000.0f,  -1000.0f,  88.0f,     -89.0f,
                                0.0f,     NAN,       -infinity, infinity,
                                50.0f,    -50.0f,    104.5f,    -104.5f};
  std::vector<std::complex<float>> mask(o.size());
  kernels_->mask(MaskRule::kSigmoid, o, mask);
  for (size_t k = 0; k < o.size(); ++k) {
    if (std::isnan(o[k])) {
      EXPECT_TRUE(std::isnan(mask[k].real()));
      continue;
    }
    const double exact = ExactSigmoid(o[k]);
    EXPECT_NEAR(mask[k].real(), exact, kSigmoidError * exact + kTiny) << o[k];
  }
}

TEST_P(FloatElementwiseTest, ProcessIsRealtimeSafe) {
  const int size = 193;
  const auto a = Normal(size, 0.5f, 1);
  S5Weights w;
  w.a_re = w.a_im = w.scale_re = w.scale_im = a;
  S5Scratch scratch(size, size);
  S5State state(size);
  std::vector<float> out(size);
  std::vector<std::complex<float>> mask(size);
  const auto counts = CountRealtimeViolations([&] {
    kernels_->activate_residual(Activation::kRelu, out);
    kernels_->step_states(w, StateActivation::kGateRe, scratch, state);
    kernels_->finish_y(Activation::kRelu, a, a, scratch.y);
    kernels_->add_gated(Activation::kRelu, a, scratch.y, scratch.gate, out);
    kernels_->mask(MaskRule::kSigmoid, out, mask);
  });
  EXPECT_EQ(counts.total(), 0);
}

INSTANTIATE_TEST_SUITE_P(Cpu, FloatElementwiseTest,
                         ::testing::Values("avx512-vbmi", "avx2", "neon",
                                           "scalar"),
                         KernelsName());

}  // namespace
}  // namespace tacet
