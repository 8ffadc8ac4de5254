// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_MODEL_KERNELS_RANDOM_CSR_H_
#define TACET_TESTS_MODEL_KERNELS_RANDOM_CSR_H_

#include <cstdint>
#include <random>
#include <vector>

#include "model/csr_matrix.h"

namespace tacet {

// A float matrix with rows of very different length, some of them empty.
struct RandomCsr {
  RandomCsr(int num_rows, int num_columns, double density, uint32_t seed) {
    std::mt19937 engine(seed);
    std::uniform_real_distribution<double> uniform;
    rows.push_back(0);
    for (int r = 0; r < num_rows; ++r) {
      const double share = density * 2 * uniform(engine);
      for (int c = 0; c < num_columns; ++c) {
        if (uniform(engine) >= share) continue;
        values.push_back(static_cast<float>(2 * uniform(engine) - 1));
        columns.push_back(static_cast<uint16_t>(c));
      }
      rows.push_back(static_cast<uint32_t>(values.size()));
    }
    matrix = {num_rows, num_columns, values, columns, rows};
  }
  RandomCsr(const RandomCsr&) = delete;
  RandomCsr& operator=(const RandomCsr&) = delete;

  std::vector<float> values;
  std::vector<uint16_t> columns;
  std::vector<uint32_t> rows;
  CsrMatrix matrix;  // of these
};

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_KERNELS_RANDOM_CSR_H_
