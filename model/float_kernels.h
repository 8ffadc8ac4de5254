// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FLOAT_KERNELS_H_
#define TACET_MODEL_FLOAT_KERNELS_H_

#include <complex>
#include <span>

#include "dsp/realtime.h"
#include "model/activation.h"
#include "model/csr_matrix.h"
#include "model/mask_rule.h"

namespace tacet {

struct S5Scratch;
struct S5State;
struct S5Weights;

// Which of a matrix's layouts kernels read; the model's own are rows.
// kFastest: whichever a matrix is faster with.
enum class MatrixLayout {
  kRows,
  kSlices,
  kWordSlices,
  kWindows,
  kPermutes,
  kColumns,
  kTables,
  kFastest
};

// The loops of the float network, as a table so that a backend can be chosen at
// run time. Sums of another order and another exponential differ in the last
// bits. All are Thread: any, Realtime-safe: yes.
struct FloatKernels {
  const char* name;

  // y = W x + bias, and y += W x; as Multiply and MultiplyAdd of csr_matrix.h
  void (*multiply)(const CsrMatrix& w, std::span<const float> x,
                   std::span<const float> bias, std::span<float> y) noexcept;
  void (*multiply_add)(const CsrMatrix& w, std::span<const float> x,
                       std::span<float> y) noexcept;

  // x = act0(x)
  void (*activate_residual)(Activation activation, std::span<float> x) noexcept;

  // StepStates, FinishY and AddGated of s5_layer.h
  void (*step_states)(const S5Weights& w, StateActivation activation,
                      S5Scratch& scratch, S5State& state) noexcept;
  void (*finish_y)(Activation activation, std::span<const float> d,
                   std::span<const float> x, std::span<float> y) noexcept;
  void (*add_gated)(Activation activation, std::span<const float> x,
                    std::span<const float> y, std::span<const float> gate,
                    std::span<float> out) noexcept;

  // MaskFromOutputs of mask.h
  void (*mask)(MaskRule rule, std::span<const float> outputs,
               std::span<std::complex<float>> mask) noexcept;

  // Of CsrMatrix; PrepareFor makes it.
  MatrixLayout layout = MatrixLayout::kRows;
};

// Plain C++, the reference for all others.
extern const FloatKernels kScalarFloatKernels;

}  // namespace tacet

#endif  // TACET_MODEL_FLOAT_KERNELS_H_
