// SPDX-License-Identifier: Apache-2.0
#include "model/csr_matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace tacet {
namespace {

using ::testing::ElementsAre;

// [ 0  2  0 ]
// [ 0  0  0 ]
// [ 3  0 -1 ]
constexpr std::array<float, 3> kValues = {2, 3, -1};
constexpr std::array<uint16_t, 3> kColumns = {1, 0, 2};
constexpr std::array<uint32_t, 4> kRows = {0, 1, 1, 3};
const CsrMatrix kMatrix = {3, 3, kValues, kColumns, kRows};

TEST(CsrMatrix, MultipliesAndAddsTheBias) {
  const std::vector<float> x = {10, 20, 30}, bias = {1, 2, 3};
  std::vector<float> y(3, -99);
  Multiply(kMatrix, x, bias, y);
  EXPECT_THAT(y, ElementsAre(41, 2, 3));
}

TEST(CsrMatrix, AddsToWhatIsThere) {
  const std::vector<float> x = {10, 20, 30};
  std::vector<float> y = {1, 2, 3};
  MultiplyAdd(kMatrix, x, y);
  EXPECT_THAT(y, ElementsAre(41, 2, 3));
}

TEST(CsrMatrix, AddsInStorageOrder) {
  // (1e8 + 1) − 1e8 is 0 in float in this order, 1 in any other.
  const std::vector<float> values = {1e8f, 1, -1e8f};
  const std::vector<uint16_t> columns = {0, 1, 2};
  const std::vector<uint32_t> rows = {0, 3};
  const std::vector<float> x = {1, 1, 1}, bias = {0};
  std::vector<float> y(1);
  Multiply({1, 3, values, columns, rows}, x, bias, y);
  EXPECT_EQ(y[0], 0.0f);
}

TEST(CsrMatrix, AnEmptyMatrixGivesTheBias) {
  const std::vector<uint32_t> rows = {0, 0, 0};
  const std::vector<float> x = {7}, bias = {1, 2};
  std::vector<float> y(2);
  Multiply({2, 1, {}, {}, rows}, x, bias, y);
  EXPECT_THAT(y, ElementsAre(1, 2));
}

}  // namespace
}  // namespace tacet
