// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FIXED_MATRIX_H_
#define TACET_MODEL_FIXED_MATRIX_H_

#include <cstdint>
#include <memory>
#include <span>

#include "dsp/realtime.h"

namespace tacet {

template <typename Weight>
class ColumnMatrix;    // model/kernels/column_matrix.h
struct PanelMatrix;    // model/kernels/panel_matrix.h
struct ShuffleMatrix;  // model/kernels/shuffle_matrix.h
struct SlicedMatrix;   // model/kernels/sliced_matrix.h
struct TableMatrix;    // model/kernels/table_matrix.h

// A sparse matrix of 8-bit weights in compressed sparse rows; a view, the model
// owns the arrays. As CsrMatrix (model/csr_matrix.h), whose columns and rows it
// shares.
struct FixedMatrix {
  int num_rows = 0;
  int num_columns = 0;
  std::span<const int8_t> values;     // [nnz], −127..127
  std::span<const uint16_t> columns;  // [nnz]
  std::span<const uint32_t> rows;     // [num_rows + 1]
  // The same laid out for kernels; null until one needs it.
  std::shared_ptr<const SlicedMatrix> sliced = nullptr;
  std::shared_ptr<const ColumnMatrix<int8_t>> by_columns = nullptr;
  std::shared_ptr<const PanelMatrix> panels = nullptr;
  std::shared_ptr<const ShuffleMatrix> shuffled = nullptr;
  std::shared_ptr<const TableMatrix> tabled = nullptr;
};

// acc += W x, in plain C++.
//   x  [num_columns], −32767..32767     acc  [num_rows]
// Thread: any. Realtime-safe: yes.
void MultiplyAdd(const FixedMatrix& w, std::span<const int16_t> x,
                 std::span<int32_t> acc) noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_MATRIX_H_
