// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_CSR_MATRIX_H_
#define TACET_MODEL_CSR_MATRIX_H_

#include <cstdint>
#include <memory>
#include <span>

#include "dsp/realtime.h"

namespace tacet {

template <typename Weight>
class ColumnMatrix;    // model/kernels/column_matrix.h
struct PermuteMatrix;  // model/kernels/permute_matrix.h
struct WindowMatrix;   // model/kernels/window_matrix.h

// A sparse matrix in compressed sparse rows; a view, the model owns the arrays.
// Row r holds values[rows[r]] .. values[rows[r + 1] - 1] at those columns,
// which increase inside a row and are below num_columns (checked on loading).
struct CsrMatrix {
  int num_rows = 0;
  int num_columns = 0;
  std::span<const float> values;      // [nnz]
  std::span<const uint16_t> columns;  // [nnz]
  std::span<const uint32_t> rows;     // [num_rows + 1]
  // The same laid out for kernels; null until one needs it.
  std::shared_ptr<const WindowMatrix> windows = nullptr;
  std::shared_ptr<const PermuteMatrix> permuted = nullptr;
  std::shared_ptr<const ColumnMatrix<float>> by_columns = nullptr;
};

// y = W x + bias. The float reference: each row's products are added in the
// order of storage, in float, then the bias, so that results do not depend on
// compiler or machine.
//   x  [num_columns]     bias, y  [num_rows]; x and y do not overlap
// Thread: any. Realtime-safe: yes.
void Multiply(const CsrMatrix& w, std::span<const float> x,
              std::span<const float> bias,
              std::span<float> y) noexcept TACET_REALTIME;

// y += W x, otherwise as Multiply.
void MultiplyAdd(const CsrMatrix& w, std::span<const float> x,
                 std::span<float> y) noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_CSR_MATRIX_H_
