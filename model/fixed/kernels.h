// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FIXED_KERNELS_H_
#define TACET_MODEL_FIXED_KERNELS_H_

#include <algorithm>
#include <complex>
#include <cstdint>
#include <span>

#include "dsp/realtime.h"
#include "model/activation.h"
#include "model/fixed/matrix.h"
#include "model/fixed/sigmoid.h"
#include "model/float_kernels.h"
#include "model/mask_rule.h"

namespace tacet {

struct FixedS5Scratch;
struct FixedS5State;
struct FixedS5Weights;

// The loops of the integer network that are worth a processor's vector
// instructions, as a table so that a backend can be chosen at run time. Integer
// sums do not depend on their order, and every step in between is exact, so all
// tables give the same integers; the loader has proved that nothing overflows.
// All are Thread: any, Realtime-safe: yes.
struct FixedKernels {
  const char* name;

  // acc += W x
  //   x  [num_columns], −32767..32767     acc  [num_rows]
  void (*multiply_add)(const FixedMatrix& w, std::span<const int16_t> x,
                       std::span<int32_t> acc) noexcept;

  // acc = start + W x
  //   start  [num_rows]
  void (*multiply)(const FixedMatrix& w, std::span<const int16_t> x,
                   std::span<const int32_t> start,
                   std::span<int32_t> acc) noexcept;

  // UpdateState, then ActivateFixedState.
  void (*step_states)(const FixedS5Weights& w, StateActivation activation,
                      FixedS5Scratch& scratch, FixedS5State& state) noexcept;

  // StartY of s5_layer.h
  void (*start_y)(const FixedS5Weights& w, std::span<const int16_t> x,
                  std::span<int32_t> acc) noexcept;

  // AddGated of s5_layer.h
  void (*add_gated)(const FixedS5Weights& w, const FixedSigmoid& sigmoid,
                    std::span<const int16_t> x, FixedS5Scratch& scratch,
                    std::span<int16_t> out) noexcept;

  // RoundToActivation and RoundToRelu of affine.h
  void (*round)(std::span<const int32_t> acc, std::span<const uint8_t> shift,
                std::span<int16_t> y) noexcept;
  void (*round_relu)(std::span<const int32_t> acc,
                     std::span<const uint8_t> shift,
                     std::span<int16_t> y) noexcept;

  // QuantiseFeatures of feature_quantiser.h
  void (*quantise)(std::span<const float> features, int exponent,
                   std::span<int16_t> q) noexcept;

  // MaskFromFixedOutputs of mask.h
  void (*mask)(MaskRule rule, int output_exponent, const FixedSigmoid& sigmoid,
               std::span<const int16_t> outputs,
               std::span<std::complex<float>> mask) noexcept;

  // Of FixedMatrix; PrepareFor makes it.
  MatrixLayout layout = MatrixLayout::kRows;
};

// A multiply of a multiply_add.
template <void (*kMultiplyAdd)(const FixedMatrix&, std::span<const int16_t>,
                               std::span<int32_t>) noexcept>
void MultiplyByAdding(const FixedMatrix& w, std::span<const int16_t> x,
                      std::span<const int32_t> start,
                      std::span<int32_t> acc) noexcept TACET_REALTIME {
  std::ranges::copy(start, acc.begin());
  kMultiplyAdd(w, x, acc);
}

// Plain C++, the reference for all others.
const FixedKernels& ScalarFixedKernels() noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_KERNELS_H_
