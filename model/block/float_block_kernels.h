// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_BLOCK_FLOAT_BLOCK_KERNELS_H_
#define TACET_MODEL_BLOCK_FLOAT_BLOCK_KERNELS_H_

#include <span>

#include "model/activation.h"
#include "model/csr_matrix.h"
#include "model/float_kernels.h"
#include "model/s5_layer.h"

namespace tacet {

// The loops of a block. A row holds kBlockTokens values, one for each token,
// and begins on a cache line; "rows [N]" are N of them. All are Thread: any,
// Realtime-safe: yes.
struct FloatBlockKernels {
  const char* name;

  // y = W x + bias, and y += W x.
  //   x  rows [num_columns]     bias  [num_rows]     y  rows [num_rows]
  void (*multiply)(const CsrMatrix& w, const float* x,
                   std::span<const float> bias, float* y) noexcept;
  void (*multiply_add)(const CsrMatrix& w, const float* x, float* y) noexcept;

  // StepStates of s5_layer.h for the first n tokens in turn.
  //   v_re, v_im, r_re, r_im  rows [P]
  void (*step_states)(const S5Weights& w, StateActivation activation, int n,
                      const float* v_re, const float* v_im, S5State& state,
                      float* r_re, float* r_im) noexcept;

  // y = act(y + d x)     d  [H]     x, y  rows [H]
  void (*finish_y)(Activation activation, std::span<const float> d,
                   const float* x, float* y) noexcept;

  // Rows [size] of tokens [kBlockTokens][size], and back; size a multiple of 8.
  void (*to_rows)(const float* tokens, int size, float* rows) noexcept;
  void (*from_rows)(const float* rows, int size, float* tokens) noexcept;

  // What is the same for a token and for many: activate_residual, add_gated
  // and mask.
  FloatKernels elementwise;
};

// All that this CPU can run, the fastest first; may be none.
std::span<const FloatBlockKernels> SupportedFloatBlockKernels();

// For one instruction set each; the caller asks the CPU first. States and skips
// have the reference's bits; products are fused and of another order.
#if defined(__x86_64__)
FloatBlockKernels Avx2FloatBlock() noexcept;
FloatBlockKernels Avx512FloatBlock() noexcept;  // F, CD, BW, DQ and VL
#elif defined(__aarch64__)
FloatBlockKernels NeonFloatBlock() noexcept;
#endif

}  // namespace tacet

#endif  // TACET_MODEL_BLOCK_FLOAT_BLOCK_KERNELS_H_
