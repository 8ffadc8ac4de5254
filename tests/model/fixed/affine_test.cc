// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/affine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace tacet {
namespace {

// A dense matrix and its sparse form.
struct Case {
  Case(int num_rows, int num_columns, uint32_t seed)
      : dense(static_cast<size_t>(num_rows) * num_columns), x(num_columns) {
    std::mt19937 engine(seed);
    rows.push_back(0);
    for (int r = 0; r < num_rows; ++r) {
      for (int c = 0; c < num_columns; ++c) {
        if (engine() % 4 != 0) continue;
        const auto w =
            static_cast<int8_t>(static_cast<int>(engine() % 255) - 127);
        dense[r * num_columns + c] = w;
        values.push_back(w);
        columns.push_back(static_cast<uint16_t>(c));
      }
      rows.push_back(static_cast<uint32_t>(values.size()));
      bias.push_back(static_cast<int32_t>(engine() % 2000001) - 1000000);
      affine.shift.push_back(static_cast<uint8_t>(engine() % 20));
    }
    for (int16_t& v : x) {
      v = static_cast<int16_t>(static_cast<int>(engine() % 65535) - 32767);
    }
    affine.weight = {num_rows, num_columns, values, columns, rows};
    affine.bias = bias;
  }

  std::vector<int> dense;
  std::vector<int16_t> x;
  std::vector<int8_t> values;
  std::vector<uint16_t> columns;
  std::vector<uint32_t> rows;
  std::vector<int32_t> bias;
  FixedAffine affine;
};

TEST(FixedAffine, IsTheRoundedSaturatedProduct) {
  for (const bool is_relu : {false, true}) {
    Case c(50, 257, 7);
    std::vector<int32_t> acc(50);
    std::vector<int16_t> y(50);
    (is_relu ? ApplyRelu : Apply)(c.affine, ScalarFixedKernels(), c.x, acc, y);
    int num_saturated = 0;
    for (size_t r = 0; r < y.size(); ++r) {
      int64_t sum = c.bias[r];
      for (size_t k = 0; k < c.x.size(); ++k) {
        sum += int64_t{c.dense[r * c.x.size() + k]} * c.x[k];
      }
      const double exact = std::floor(
          std::ldexp(static_cast<double>(sum), -c.affine.shift[r]) + 0.5);
      const double least = is_relu ? 0 : -32767;
      ASSERT_EQ(y[r], std::clamp(exact, least, 32767.0)) << r;
      num_saturated += std::abs(exact) > 32767;
    }
    EXPECT_GT(num_saturated, 0);
  }
}

// The most that the loader lets through: 516 weights of 127 at full scale.
TEST(FixedAffine, TheLargestSumFits) {
  const std::vector<int8_t> values(516, 127);
  std::vector<uint16_t> columns(516);
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i] = static_cast<uint16_t>(i);
  }
  const std::vector<uint32_t> rows = {0, 516};
  const std::vector<int32_t> bias = {2147483647 - 516 * 127 * 32767};
  FixedAffine affine;
  affine.weight = {1, 516, values, columns, rows};
  affine.bias = bias;
  affine.shift = {0};
  std::vector<int32_t> acc(1);
  std::vector<int16_t> y(1);
  Apply(affine, ScalarFixedKernels(), std::vector<int16_t>(516, 32767), acc, y);
  EXPECT_EQ(acc[0], 2147483647);
  EXPECT_EQ(y[0], 32767);
}

}  // namespace
}  // namespace tacet
