// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_S5_LAYER_H_
#define TACET_MODEL_S5_LAYER_H_

#include <cstddef>
#include <memory_resource>
#include <span>

#include "dsp/realtime.h"
#include "model/activation.h"
#include "model/arena.h"
#include "model/csr_matrix.h"
#include "model/float_kernels.h"

namespace tacet {

// One layer's constants, views into the model. H: width of the residual
// stream. P: complex states. Normalisation is folded in.
struct S5Weights {
  std::span<const float> a_re, a_im;            // [P] |a| < 1
  std::span<const float> scale_re, scale_im;    // [P] (a − 1)/Λ
  CsrMatrix b_re, b_im;                         // P × H
  std::span<const float> b_bias_re, b_bias_im;  // [P]
  CsrMatrix c_re, c_im;                         // H × P, 2 Re C and −2 Im C
  std::span<const float> d, y_bias;             // [H]
  CsrMatrix gate;                               // H × H
  std::span<const float> gate_bias;             // [H]
};

// What one layer of one channel remembers from token to token.
struct S5State {
  explicit S5State(int num_states, std::pmr::memory_resource* memory =
                                       std::pmr::get_default_resource())
      : re(num_states, memory), im(num_states, memory) {}
  ArenaVector<float> re, im;  // [P] s, before the state activation
};

// Room for one token of one layer; a later layer may reuse it.
struct S5Scratch {
  S5Scratch(
      int hidden, int num_states,
      std::pmr::memory_resource* memory = std::pmr::get_default_resource())
      : v_re(num_states, memory),
        v_im(num_states, memory),
        r_re(num_states, memory),
        r_im(num_states, memory),
        y(hidden, memory),
        gate(hidden, memory) {}
  ArenaVector<float> v_re, v_im, r_re, r_im;  // [P]
  ArenaVector<float> y, gate;                 // [H]
};

// Parts of a layer, for kernels. Of states from `first` on:
//   s = a ⊙ s + scale ⊙ v     r = state_activation(s)
// Thread: any. Realtime-safe: yes.
void StepStates(const S5Weights& w, StateActivation activation,
                S5Scratch& scratch, S5State& state,
                size_t first) noexcept TACET_REALTIME;
// y = act(y + d ⊙ x)
void FinishY(Activation activation, std::span<const float> d,
             std::span<const float> x,
             std::span<float> y) noexcept TACET_REALTIME;
// out = act0(y ⊙ sigmoid(gate) + x); out may be x
void AddGated(Activation activation, std::span<const float> x,
              std::span<const float> y, std::span<const float> gate,
              std::span<float> out) noexcept TACET_REALTIME;
// x = act0(x)
void ActivateAllResiduals(Activation activation,
                          std::span<float> x) noexcept TACET_REALTIME;

// Takes one token through one S5 layer:
//   v   = scale ⊙ (B x + b_bias)
//   s   = a ⊙ s + v
//   r   = state_activation(s)
//   y   = act(c_re Re(r) + c_im Im(r) + d ⊙ x + y_bias)
//   out = act0(y ⊙ sigmoid(W_gate y + b_gate) + x)
//   x, out  [H]; they may be the same memory
//   state   s of the previous token on entry, of this one on return
//   scratch y is left in it
// Source: Smith et al. 2023 (S5); ReLUfication and half-GLU as Pierro et al.
// 2025, docs/model-format.md. Thread: any. Realtime-safe: yes.
void StepS5Layer(const S5Weights& weights, Activation activation,
                 StateActivation state_activation, std::span<const float> x,
                 S5State& state, S5Scratch& scratch, std::span<float> out,
                 const FloatKernels& kernels = kScalarFloatKernels) noexcept
    TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_S5_LAYER_H_
