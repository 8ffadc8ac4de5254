// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FIXED_MATRIX_H_
#define TACET_MODEL_FIXED_MATRIX_H_

#include <cstdint>
#include <memory>
#include <span>

#include "dsp/realtime.h"

namespace tacet {

struct SlicedMatrix;  // model/kernels/sliced_matrix.h

// A sparse matrix of 8-bit weights in compressed sparse rows; a view, the model
// owns the arrays. As CsrMatrix (model/csr_matrix.h), whose columns and rows it
// shares.
struct FixedMatrix {
  int num_rows = 0;
  int num_columns = 0;
  std::span<const int8_t> values;     // [nnz], −127..127
  std::span<const uint16_t> columns;  // [nnz]
  std::span<const uint32_t> rows;     // [num_rows + 1]
  // The same laid out for vector instructions; null until a kernel needs it.
  std::shared_ptr<const SlicedMatrix> sliced = nullptr;
};

// The one operation that is worth a processor's vector instructions, as a table
// so that a backend can be chosen at run time. Integer sums do not depend on
// their order, so every table gives the same integers; the loader has proved
// that no partial sum leaves 32 bits.
struct FixedKernels {
  const char* name;
  // acc += W x
  //   x  [num_columns], −32767..32767     acc  [num_rows]
  // Thread: any. Realtime-safe: yes.
  void (*multiply_add)(const FixedMatrix& w, std::span<const int16_t> x,
                       std::span<int32_t> acc) noexcept;
  bool needs_slices = false;  // w.sliced must be set (PrepareFor)
};

// Plain C++, the reference for all others.
const FixedKernels& ScalarFixedKernels() noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_MATRIX_H_
