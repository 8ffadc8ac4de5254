// SPDX-License-Identifier: Apache-2.0
// One S5 layer in integers, as three neuron groups that can be used apart: the
// states, y, and the gated residual. The letters are those of model/s5_layer.h
// and docs/fixed-point.md.
#ifndef TACET_MODEL_FIXED_S5_LAYER_H_
#define TACET_MODEL_FIXED_S5_LAYER_H_

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "model/activation.h"
#include "model/arena.h"
#include "model/fixed/affine.h"
#include "model/fixed/kernels.h"
#include "model/fixed/matrix.h"
#include "model/fixed/sigmoid.h"

namespace tacet {

struct FixedS5Weights {
  // States. Value of state p: s/2^state_exponents[p].
  int32_t max_state = 0;                          // 2^(bits−1) − 1
  std::span<const int16_t> a_re, a_im;            // [P] value a/2^15
  FixedMatrix b_re, b_im;                         // P × H
  std::span<const int32_t> b_bias_re, b_bias_im;  // [P]
  std::span<const int16_t> scale_re, scale_im;    // [P]
  std::vector<uint8_t> v_shift;                   // [P] 0..46
  std::span<const int8_t> state_exponents;        // [P]
  std::vector<uint8_t> r_shift;                   // [P] 0..30
  // [P] a/2^15 and scale/2^v_shift, which floats hold exactly: what vector
  // kernels read. Empty until one needs them.
  std::vector<float> pole_re, pole_im, input_re, input_im;
  // y
  FixedMatrix c_re, c_im;           // H × P, one exponent a row for both
  std::span<const int16_t> d;       // [H]
  std::vector<uint8_t> d_shift;     // [H] d·x to the accumulator, 0..30
  std::span<const int32_t> y_bias;  // [H]
  std::vector<uint8_t> y_shift;     // [H] 0..30
  // Gate and residual
  FixedAffine gate;      // H × H
  int x_left_shift = 0;  // x to the units of y·gate, 0..31
  int out_shift = 0;     // y·gate to the units of out, 0..46
};

// Fills pole_* and input_*.  Thread: any. Realtime-safe: no.
void SetStateFactors(FixedS5Weights* w);

struct FixedS5State {
  explicit FixedS5State(int num_states, std::pmr::memory_resource* memory =
                                            std::pmr::get_default_resource())
      : re(num_states, memory), im(num_states, memory) {}
  ArenaVector<int32_t> re, im;  // [P] within ±max_state
};

// Room for one token of one layer; a later layer may reuse it.
struct FixedS5Scratch {
  FixedS5Scratch(
      int hidden, int num_states,
      std::pmr::memory_resource* memory = std::pmr::get_default_resource())
      : acc_re(num_states, memory),
        acc_im(num_states, memory),
        r_re(num_states, memory),
        r_im(num_states, memory),
        acc(hidden, memory),
        y(hidden, memory),
        gate(hidden, memory) {}
  ArenaVector<int32_t> acc_re, acc_im;  // [P] B x + b_bias
  ArenaVector<int16_t> r_re, r_im;      // [P]
  ArenaVector<int32_t> acc;             // [H]
  ArenaVector<int16_t> y, gate;         // [H]; gate: value/2^15
};

// All of it is Thread: any. Realtime-safe: yes.

// acc = B x + b_bias, real and imaginary part.
void AccumulateB(const FixedS5Weights& w, const FixedKernels& kernels,
                 std::span<const int16_t> x,
                 FixedS5Scratch& scratch) noexcept TACET_REALTIME;

// s = saturate(trunc(a s / 2^15) + round(scale acc / 2^v_shift)) for every p:
// the products of a complex multiplication are added, then cut off towards zero
// once a part, so that |s| falls strictly while nothing comes in.
//   first  the states in front of it stay, here and below
void UpdateState(const FixedS5Weights& w, const FixedS5Scratch& scratch,
                 FixedS5State& state, size_t first = 0) noexcept TACET_REALTIME;

// r = saturate(round(state_activation(s) / 2^r_shift))
void ActivateFixedState(const FixedS5Weights& w, StateActivation activation,
                        const FixedS5State& state, FixedS5Scratch& scratch,
                        size_t first = 0) noexcept TACET_REALTIME;

// acc = round(d x / 2^d_shift) + y_bias
void StartY(const FixedS5Weights& w, std::span<const int16_t> x,
            std::span<int32_t> acc, size_t first = 0) noexcept TACET_REALTIME;

// y = max(0, saturate(round(acc / 2^y_shift))),
// acc = StartY's + c_re Re(r) + c_im Im(r)
void ComputeY(const FixedS5Weights& w, const FixedKernels& kernels,
              std::span<const int16_t> x,
              FixedS5Scratch& scratch) noexcept TACET_REALTIME;

// out = max(0, saturate(round((y gate + 2^x_left_shift x) / 2^out_shift))),
// where gate becomes the sigmoid of itself.
//   x, out  [H], may be the same memory
void AddGated(const FixedS5Weights& w, const FixedSigmoid& sigmoid,
              std::span<const int16_t> x, FixedS5Scratch& scratch,
              std::span<int16_t> out, size_t first = 0) noexcept TACET_REALTIME;

// gate = W_gate y + b_gate, then AddGated.
void GateAndAdd(const FixedS5Weights& w, const FixedKernels& kernels,
                const FixedSigmoid& sigmoid, std::span<const int16_t> x,
                FixedS5Scratch& scratch,
                std::span<int16_t> out) noexcept TACET_REALTIME;

// The five in turn: one token through the layer.
void StepFixedS5Layer(const FixedS5Weights& w, const FixedKernels& kernels,
                      const FixedSigmoid& sigmoid, StateActivation activation,
                      std::span<const int16_t> x, FixedS5State& state,
                      FixedS5Scratch& scratch,
                      std::span<int16_t> out) noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_S5_LAYER_H_
