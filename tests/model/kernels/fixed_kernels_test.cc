// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/fixed_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "model/kernels/column_matrix.h"
#include "model/kernels/panel_matrix.h"
#include "model/kernels/shuffle_matrix.h"
#include "model/kernels/sliced_matrix.h"
#include "model/kernels/table_matrix.h"
#include "tests/model/kernels/kernels_case.h"
#include "tests/model/kernels/random_csr.h"

namespace tacet {
namespace {

struct RandomMatrix : RandomRows<int8_t> {
  RandomMatrix(int num_rows, int num_columns, double density, uint32_t seed,
               const FixedKernels& kernels)
      : RandomRows(num_rows, num_columns, density, seed) {
    const int reach = kernels.layout == MatrixLayout::kWordSlices
                          ? SlicedMatrix::kWords
                          : SlicedMatrix::kBytes;
    for (const int columns : {reach, 2 * reach}) {
      sliced.push_back(
          std::make_shared<const SlicedMatrix>(matrix, columns, reach));
    }
    matrix.by_columns = std::make_shared<const ColumnMatrix<int8_t>>(matrix);
    matrix.tabled = std::make_shared<const TableMatrix>(matrix);
  }

  // In blocks of one reach and of two.
  std::vector<std::shared_ptr<const SlicedMatrix>> sliced;
};

std::vector<int16_t> RandomVector(int size, uint32_t seed) {
  std::mt19937 engine(seed);
  std::vector<int16_t> x(size);
  for (int16_t& v : x) {
    // A quarter at each end of the range, a quarter 0.
    const uint32_t kind = engine() % 4;
    const int value = static_cast<int>(engine() % 65535) - 32767;
    v = static_cast<int16_t>(kind == 0   ? value
                             : kind == 1 ? 0
                             : kind == 2 ? 32767
                                         : -32767);
  }
  return x;
}

using FixedKernelsTest = KernelsCase<FixedKernels, SupportedFixedKernels>;

TEST_P(FixedKernelsTest, GiveTheSumsOfTheScalarReference) {
  uint32_t seed = 1;
  for (const int num_rows : {1, 15, 16, 64, 65, 128, 192, 257, 300}) {
    for (const int num_columns :
         {1, 2, 31, 33, 127, 129, 192, 256, 257, 514, 1030}) {
      for (const double density : {0.0, 0.02, 0.1, 0.5}) {
        const RandomMatrix w(num_rows, num_columns, density, ++seed, *kernels_);
        const std::vector<int16_t> x = RandomVector(num_columns, ++seed);
        std::vector<int32_t> expected(num_rows), found(num_rows);
        for (int r = 0; r < num_rows; ++r) {
          expected[r] = found[r] = 1000 * r - 7;
        }
        ScalarFixedKernels().multiply_add(w.matrix, x, expected);
        for (const auto& sliced : w.sliced) {
          FixedMatrix matrix = w.matrix;
          matrix.sliced = sliced;
          std::vector<int32_t> acc = found;
          kernels_->multiply_add(matrix, x, acc);
          ASSERT_EQ(acc, expected)
              << num_rows << " x " << num_columns << ", density " << density;
          acc.assign(num_rows, 12345);
          kernels_->multiply(matrix, x, found, acc);
          ASSERT_EQ(acc, expected)
              << num_rows << " x " << num_columns << ", density " << density;
        }
        FixedMatrix matrix = w.matrix;
        matrix.sliced = w.sliced[0];
        matrix.panels = std::make_shared<const PanelMatrix>(w.matrix);
        std::vector<int32_t> acc = found;
        kernels_->multiply_add(matrix, x, acc);
        ASSERT_EQ(acc, expected)
            << num_rows << " x " << num_columns << ", density " << density;
        matrix.shuffled = std::make_shared<const ShuffleMatrix>(w.matrix);
        acc.assign(num_rows, 12345);
        kernels_->multiply(matrix, x, found, acc);
        ASSERT_EQ(acc, expected);
        kernels_->multiply_add(matrix, x, found);
        ASSERT_EQ(found, expected)
            << num_rows << " x " << num_columns << ", density " << density;
      }
    }
  }
}

TEST_P(FixedKernelsTest, ReadAndWriteNothingBeyondTheVectors) {
  const RandomMatrix w(70, 130, 0.3, 5, *kernels_);
  // On the heap and exactly as long as needed: the sanitizer's to judge.
  const auto x = std::make_unique<std::vector<int16_t>>(RandomVector(130, 6));
  std::vector<int32_t> acc(72, 77);
  FixedMatrix matrix = w.matrix;
  matrix.sliced = w.sliced[0];
  kernels_->multiply_add(matrix, *x, std::span(acc).subspan(1, 70));
  matrix.panels = std::make_shared<const PanelMatrix>(w.matrix);
  kernels_->multiply_add(matrix, *x, std::span(acc).subspan(1, 70));
  matrix.shuffled = std::make_shared<const ShuffleMatrix>(w.matrix);
  kernels_->multiply_add(matrix, *x, std::span(acc).subspan(1, 70));
  EXPECT_EQ(acc.front(), 77);
  EXPECT_EQ(acc.back(), 77);
}

TEST_P(FixedKernelsTest, SumTheLargestProductsThereAre) {
  constexpr int kRows = 40, kColumns = 516;  // nearly 2^31
  for (const int8_t weight : {int8_t{127}, int8_t{-127}}) {
    const std::vector<int8_t> values(kRows * kColumns, weight);
    std::vector<uint16_t> columns;
    std::vector<uint32_t> rows = {0};
    for (int r = 0; r < kRows; ++r) {
      for (int c = 0; c < kColumns; ++c) {
        columns.push_back(static_cast<uint16_t>(c));
      }
      rows.push_back(static_cast<uint32_t>(columns.size()));
    }
    for (const auto& kernels : {*kernels_, ScalarFixedKernels()}) {
      FixedMatrix matrix = {kRows, kColumns, values, columns, rows};
      PrepareFor(kernels, 0.0, &matrix);
      matrix.shuffled = std::make_shared<const ShuffleMatrix>(matrix);
      for (const int16_t most : {int16_t{32767}, int16_t{-32767}}) {
        const std::vector<int16_t> x(kColumns, most);
        std::vector<int32_t> acc(kRows);
        kernels.multiply_add(matrix, x, acc);
        EXPECT_EQ(acc, std::vector<int32_t>(kRows, kColumns * weight * most));
      }
    }
  }
}

TEST_P(FixedKernelsTest, TakeAnyMatrixThatIsPreparedForThem) {
  // Both where zeros are skipped and where weights are few.
  for (const double zeros : {0.0, 0.5, 0.95}) {
    for (const double density : {0.02, 0.1, 0.9}) {
      const RandomMatrix w(70, 130, density, 8, *kernels_);
      const std::vector<int16_t> x = RandomVector(130, 9);
      std::vector<int32_t> expected(70), found(70);
      ScalarFixedKernels().multiply_add(w.matrix, x, expected);
      FixedMatrix matrix = {70, 130, w.values, w.columns, w.rows};
      PrepareFor(*kernels_, zeros, &matrix);
      kernels_->multiply_add(matrix, x, found);
      EXPECT_EQ(found, expected) << zeros << ", " << density;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, FixedKernelsTest,
                         ::testing::Values("avx512-vbmi-vnni", "avx512", "avx2",
                                           "neon", "columns", "scalar"),
                         KernelsName());

TEST(SupportedFixedKernels, EndWithTheScalarReference) {
  ASSERT_FALSE(SupportedFixedKernels().empty());
  EXPECT_EQ(SupportedFixedKernels().back().multiply_add,
            ScalarFixedKernels().multiply_add);
}

}  // namespace
}  // namespace tacet
