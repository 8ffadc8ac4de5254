// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/float_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "model/kernels/column_matrix.h"
#include "model/kernels/permute_matrix.h"
#include "model/kernels/window_matrix.h"
#include "tests/model/kernels/kernels_case.h"
#include "tests/model/kernels/random_csr.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

struct RandomMatrix : RandomCsr {
  RandomMatrix(int num_rows, int num_columns, double density, uint32_t seed)
      : RandomCsr(num_rows, num_columns, density, seed) {
    matrix.windows = std::make_shared<const WindowMatrix>(matrix);
    matrix.permuted = std::make_shared<const PermuteMatrix>(matrix);
    matrix.by_columns = std::make_shared<const ColumnMatrix<float>>(matrix);
  }
};

// Half of them 0, as behind a ReLU.
std::vector<float> RandomVector(int size, uint32_t seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(size);
  for (float& v : x) v = std::max(0.0f, normal(engine));
  return x;
}

using FloatKernelsTest = KernelsCase<FloatKernels, SupportedFloatKernels>;

// n products are added with n roundings, in any order, so that two sums differ
// by at most 2 n 2^-24 Σ|w x|.
TEST_P(FloatKernelsTest, GiveTheReferencesSumsButForRounding) {
  uint32_t seed = 1;
  for (const int num_rows : {1, 15, 16, 64, 65, 128, 192, 257, 1100}) {
    for (const int num_columns : {1, 2, 31, 64, 65, 128, 192, 257, 514, 1100}) {
      for (const double density : {0.0, 0.02, 0.15, 0.5}) {
        const RandomMatrix w(num_rows, num_columns, density, ++seed);
        const std::vector<float> x = RandomVector(num_columns, ++seed);
        const std::vector<float> bias = RandomVector(num_rows, ++seed);
        std::vector<float> y(num_rows), sum = bias;
        kernels_->multiply(w.matrix, x, bias, y);
        kernels_->multiply_add(w.matrix, x, sum);
        for (int r = 0; r < num_rows; ++r) {
          double exact = bias[r], size = std::abs(bias[r]);
          int n = 1;
          for (uint32_t i = w.rows[r]; i < w.rows[r + 1]; ++i, ++n) {
            const double product = double{w.values[i]} * x[w.columns[i]];
            exact += product;
            size += std::abs(product);
          }
          const double limit = (n + 1) * std::exp2(-24) * size;
          ASSERT_NEAR(y[r], exact, limit) << num_rows << " " << num_columns;
          ASSERT_NEAR(sum[r], exact, limit) << num_rows << " " << num_columns;
        }
      }
    }
  }
}

TEST_P(FloatKernelsTest, ReadAndWriteNothingBeyondTheVectors) {
  const RandomMatrix w(70, 130, 0.3, 5);
  // On the heap and exactly as long as needed: the sanitizer's to judge.
  const auto x = std::make_unique<std::vector<float>>(RandomVector(130, 6));
  std::vector<float> y(72, 77.0f);
  const std::vector<float> bias(70);
  kernels_->multiply(w.matrix, *x, bias, std::span(y).subspan(1, 70));
  EXPECT_EQ(y.front(), 77.0f);
  EXPECT_EQ(y.back(), 77.0f);
}

TEST_P(FloatKernelsTest, ProcessIsRealtimeSafe) {
  const RandomMatrix w(192, 257, 0.15, 7);
  const std::vector<float> x = RandomVector(257, 8), bias(192);
  std::vector<float> y(192);
  const auto counts = CountRealtimeViolations([&] {
    kernels_->multiply(w.matrix, x, bias, y);
    kernels_->multiply_add(w.matrix, x, y);
  });
  EXPECT_EQ(counts.total(), 0);
}

INSTANTIATE_TEST_SUITE_P(Cpu, FloatKernelsTest,
                         ::testing::Values("avx512-vbmi", "avx2", "neon",
                                           "columns", "scalar"),
                         KernelsName());

TEST(ColumnKernels, HaveTheBitsOfTheReference) {
  const RandomMatrix w(192, 257, 0.15, 9);
  const std::vector<float> x = RandomVector(257, 10);
  const std::vector<float> bias = RandomVector(192, 11);
  std::vector<float> expected(192), found(192);
  kScalarFloatKernels.multiply(w.matrix, x, bias, expected);
  for (const FloatKernels& kernels : SupportedFloatKernels()) {
    if (kernels.name != std::string("columns")) continue;
    kernels.multiply(w.matrix, x, bias, found);
  }
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace tacet
