// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FLOAT_KERNELS_H_
#define TACET_MODEL_FLOAT_KERNELS_H_

#include <span>

#include "dsp/realtime.h"
#include "model/csr_matrix.h"

namespace tacet {

// Which of a matrix's layouts kernels read; the model's own are rows.
// kPanelsOrColumns: whichever a matrix is faster with.
enum class MatrixLayout { kRows, kSlices, kColumns, kPanelsOrColumns };

// The matrix products of the float network, as a table so that a backend can be
// chosen at run time. Sums of another order differ in the last bits.
// All are Thread: any, Realtime-safe: yes.
struct FloatKernels {
  const char* name;
  // y = W x + bias, and y += W x; as Multiply and MultiplyAdd of csr_matrix.h
  void (*multiply)(const CsrMatrix& w, std::span<const float> x,
                   std::span<const float> bias, std::span<float> y) noexcept;
  void (*multiply_add)(const CsrMatrix& w, std::span<const float> x,
                       std::span<float> y) noexcept;
  MatrixLayout layout = MatrixLayout::kRows;
};

// Plain C++, the reference for all others.
inline constexpr FloatKernels kScalarFloatKernels = {"scalar", Multiply,
                                                     MultiplyAdd};

}  // namespace tacet

#endif  // TACET_MODEL_FLOAT_KERNELS_H_
