// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_MODEL_KERNELS_RANDOM_CSR_H_
#define TACET_TESTS_MODEL_KERNELS_RANDOM_CSR_H_

#include <cstdint>
#include <random>
#include <type_traits>
#include <vector>

#include "model/csr_matrix.h"
#include "model/fixed/matrix.h"

namespace tacet {

// A matrix of CSR with rows of very different length, some of them empty: of
// floats -1..1, or of integers -127..127, 0 among them.
template <typename T>
struct RandomRows {
  using Matrix =
      std::conditional_t<std::is_same_v<T, float>, CsrMatrix, FixedMatrix>;

  RandomRows(int num_rows, int num_columns, double density, uint32_t seed) {
    std::mt19937 engine(seed);
    std::uniform_real_distribution<double> uniform;
    const auto weight = [&] {
      if constexpr (std::is_same_v<T, float>) {
        return static_cast<float>(2 * uniform(engine) - 1);
      } else {
        return static_cast<T>(static_cast<int>(engine() % 255) - 127);
      }
    };
    rows.push_back(0);
    for (int r = 0; r < num_rows; ++r) {
      const double share = density * 2 * uniform(engine);
      for (int c = 0; c < num_columns; ++c) {
        if (uniform(engine) >= share) continue;
        values.push_back(weight());
        columns.push_back(static_cast<uint16_t>(c));
      }
      rows.push_back(static_cast<uint32_t>(values.size()));
    }
    matrix = {num_rows, num_columns, values, columns, rows};
  }
  RandomRows(const RandomRows&) = delete;
  RandomRows& operator=(const RandomRows&) = delete;

  std::vector<T> values;
  std::vector<uint16_t> columns;
  std::vector<uint32_t> rows;
  Matrix matrix;  // of these
};

using RandomCsr = RandomRows<float>;

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_KERNELS_RANDOM_CSR_H_
