// SPDX-License-Identifier: Apache-2.0
// Without a model, so that it is built for any machine.
#include "model/block/float_block_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "model/block/aligned_array.h"
#include "model/block/block_size.h"
#include "tests/model/kernels/kernels_case.h"
#include "tests/model/kernels/random_csr.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

std::vector<float> Normal(int size, float scale, uint32_t seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> x(size);
  for (float& v : x) v = normal(engine);
  return x;
}

std::vector<float> Vector(const ArenaVector<float>& x) {
  return {x.begin(), x.end()};
}

AlignedArray<float> NormalRows(int num_rows, uint32_t seed) {
  AlignedArray<float> rows(size_t{kBlockTokens} * num_rows);
  const std::vector<float> values = Normal(kBlockTokens * num_rows, 1.0f, seed);
  for (size_t i = 0; i < rows.size(); ++i) rows.data()[i] = values[i];
  return rows;
}

std::vector<float> Token(const AlignedArray<float>& rows, int t, int size) {
  std::vector<float> token(size);
  for (int c = 0; c < size; ++c) token[c] = rows.data()[c * kBlockTokens + t];
  return token;
}

using FloatBlockKernelsTest =
    KernelsCase<FloatBlockKernels, SupportedFloatBlockKernels>;

// n products are added with at most n roundings more or fewer, in any order, so
// that two sums differ by at most 2 n 2^-24 Σ|w x|.
TEST_P(FloatBlockKernelsTest, ProductsAreTheReferencesButForRounding) {
  uint32_t seed = 1;
  for (const int num_rows : {1, 15, 130}) {
    for (const int num_columns : {1, 31, 514}) {
      for (const double density : {0.0, 0.02, 0.15}) {
        const RandomCsr w(num_rows, num_columns, density, ++seed);
        const std::vector<float> bias = Normal(num_rows, 1.0f, ++seed);
        const AlignedArray<float> x = NormalRows(num_columns, ++seed);
        AlignedArray<float> y(size_t{kBlockTokens} * num_rows);
        AlignedArray<float> sum = NormalRows(num_rows, ++seed);
        const AlignedArray<float> before = NormalRows(num_rows, seed);
        kernels_->multiply(w.matrix, x.data(), bias, y.data());
        kernels_->multiply_add(w.matrix, x.data(), sum.data());
        for (int r = 0; r < num_rows; ++r) {
          for (int t = 0; t < kBlockTokens; ++t) {
            double expected = 0, size = 0;
            const uint32_t first = w.rows[r], end = w.rows[r + 1];
            for (uint32_t i = first; i < end; ++i) {
              const double product = double{w.values[i]} *
                                     x.data()[w.columns[i] * kBlockTokens + t];
              expected += product;
              size += std::abs(product);
            }
            const int at = r * kBlockTokens + t;
            const double old = before.data()[at];
            const double n = end - first + 1;
            ASSERT_NEAR(y.data()[at], expected + bias[r],
                        n * (size + std::abs(bias[r])) * 0x1p-23);
            ASSERT_NEAR(sum.data()[at], expected + old,
                        n * (size + std::abs(old)) * 0x1p-23);
          }
        }
      }
    }
  }
}

TEST_P(FloatBlockKernelsTest, StatesHaveTheReferencesBits) {
  for (const int size : {1, 15, 16, 17, 48, 129}) {
    const auto a_re = Normal(size, 0.5f, 1), a_im = Normal(size, 0.5f, 2);
    const auto f_re = Normal(size, 1.0f, 3), f_im = Normal(size, 1.0f, 4);
    S5Weights w;
    w.a_re = a_re;
    w.a_im = a_im;
    w.scale_re = f_re;
    w.scale_im = f_im;
    const AlignedArray<float> v_re = NormalRows(size, 5);
    const AlignedArray<float> v_im = NormalRows(size, 6);
    for (const StateActivation activation :
         {StateActivation::kGateRe, StateActivation::kReluParts,
          StateActivation::kNone}) {
      for (const int n : {1, 7, kBlockTokens}) {
        S5Scratch scratch(0, size);
        S5State expected(size), found(size);
        std::ranges::copy(Normal(size, 1.0f, 7), expected.re.begin());
        std::ranges::copy(Normal(size, 1.0f, 8), expected.im.begin());
        found = expected;
        AlignedArray<float> r_re(v_re.size()), r_im(v_re.size());
        kernels_->step_states(w, activation, n, v_re.data(), v_im.data(), found,
                              r_re.data(), r_im.data());
        for (int t = 0; t < n; ++t) {
          std::ranges::copy(Token(v_re, t, size), scratch.v_re.begin());
          std::ranges::copy(Token(v_im, t, size), scratch.v_im.begin());
          StepStates(w, activation, scratch, expected, 0);
          EXPECT_EQ(Token(r_re, t, size), Vector(scratch.r_re))
              << size << " " << t;
          EXPECT_EQ(Token(r_im, t, size), Vector(scratch.r_im))
              << size << " " << t;
        }
        EXPECT_EQ(found.re, expected.re);
        EXPECT_EQ(found.im, expected.im);
      }
    }
  }
}

TEST_P(FloatBlockKernelsTest, SkipsHaveTheReferencesBits) {
  constexpr int kSize = 19;
  const std::vector<float> d = Normal(kSize, 1.0f, 1);
  const AlignedArray<float> x = NormalRows(kSize, 2);
  for (const Activation activation : {Activation::kRelu, Activation::kGelu}) {
    AlignedArray<float> y = NormalRows(kSize, 3);
    const AlignedArray<float> before = NormalRows(kSize, 3);
    kernels_->finish_y(activation, d, x.data(), y.data());
    for (int t = 0; t < kBlockTokens; ++t) {
      std::vector<float> expected = Token(before, t, kSize);
      FinishY(activation, d, Token(x, t, kSize), expected);
      EXPECT_EQ(Token(y, t, kSize), expected) << t;
    }
  }
}

TEST_P(FloatBlockKernelsTest, TransposesThereAndBack) {
  constexpr int kSize = 24;
  AlignedArray<float> tokens(kSize * kBlockTokens), back(tokens.size());
  AlignedArray<float> rows(tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    tokens.data()[i] = static_cast<float>(i);
  }
  kernels_->to_rows(tokens.data(), kSize, rows.data());
  for (int t = 0; t < kBlockTokens; ++t) {
    const float* const token = tokens.data() + t * kSize;
    EXPECT_EQ(Token(rows, t, kSize), std::vector(token, token + kSize)) << t;
  }
  kernels_->from_rows(rows.data(), kSize, back.data());
  EXPECT_TRUE(
      std::equal(tokens.data(), tokens.data() + tokens.size(), back.data()));
}

TEST_P(FloatBlockKernelsTest, AreRealtimeSafe) {
  const RandomCsr w(40, 40, 0.2, 1);
  const std::vector<float> bias = Normal(40, 1.0f, 2);
  const AlignedArray<float> x = NormalRows(40, 3);
  AlignedArray<float> y(x.size()), z(x.size());
  const auto counts = CountRealtimeViolations([&] {
    kernels_->multiply(w.matrix, x.data(), bias, y.data());
    kernels_->multiply_add(w.matrix, x.data(), y.data());
    kernels_->finish_y(Activation::kRelu, bias, x.data(), y.data());
    kernels_->to_rows(x.data(), 40, z.data());
    kernels_->from_rows(z.data(), 40, y.data());
  });
  EXPECT_EQ(counts.total(), 0);
}

INSTANTIATE_TEST_SUITE_P(Cpu, FloatBlockKernelsTest,
                         ::testing::Values("avx512", "avx2", "neon"),
                         KernelsName());

}  // namespace
}  // namespace tacet
