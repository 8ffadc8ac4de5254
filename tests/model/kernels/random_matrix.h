// SPDX-License-Identifier: Apache-2.0
// Matrices for the tests of layouts.
#ifndef TACET_TESTS_MODEL_KERNELS_RANDOM_MATRIX_H_
#define TACET_TESTS_MODEL_KERNELS_RANDOM_MATRIX_H_

#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "model/fixed/matrix.h"

namespace tacet {

// Rows of very different length, some empty; half of the weights are 127, the
// others -127..127, 0 among them.
struct RandomMatrix {
  using Entries = std::map<std::pair<int, int>, int>;  // row, column: weight

  RandomMatrix(int num_rows, int num_columns, uint32_t seed) {
    std::mt19937 engine(seed);
    rows.push_back(0);
    for (int r = 0; r < num_rows; ++r) {
      const uint32_t share = engine() % 100;
      for (int c = 0; c < num_columns; ++c) {
        if (engine() % 100 >= share * share / 100) continue;
        const int w = static_cast<int>(engine() % 255) - 127;
        const bool is_at_end = engine() % 2 == 0;
        values.push_back(static_cast<int8_t>(is_at_end ? 127 : w));
        columns.push_back(static_cast<uint16_t>(c));
        if (values.back() != 0) entries[{r, c}] = values.back();
      }
      rows.push_back(static_cast<uint32_t>(values.size()));
    }
    matrix = {num_rows, num_columns, values, columns, rows};
  }
  RandomMatrix(const RandomMatrix&) = delete;
  RandomMatrix& operator=(const RandomMatrix&) = delete;

  std::vector<int8_t> values;
  std::vector<uint16_t> columns;
  std::vector<uint32_t> rows;
  FixedMatrix matrix;  // of these
  Entries entries;     // that are not 0
};

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_KERNELS_RANDOM_MATRIX_H_
