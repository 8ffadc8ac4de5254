// SPDX-License-Identifier: Apache-2.0
#include "model/s5_layer.h"

#include <cassert>
#include <complex>
#include <cstddef>

namespace tacet {

void StepStates(const S5Weights& w, StateActivation activation,
                S5Scratch& scratch, S5State& state,
                size_t first) noexcept TACET_REALTIME {
  for (size_t p = first; p < state.re.size(); ++p) {
    const float v_re = scratch.v_re[p], v_im = scratch.v_im[p];
    const float s_re = state.re[p], s_im = state.im[p];
    const float re = w.a_re[p] * s_re - w.a_im[p] * s_im +
                     (w.scale_re[p] * v_re - w.scale_im[p] * v_im);
    const float im = w.a_re[p] * s_im + w.a_im[p] * s_re +
                     (w.scale_re[p] * v_im + w.scale_im[p] * v_re);
    state.re[p] = re;
    state.im[p] = im;
    const std::complex<float> r = ActivateState(activation, re, im);
    scratch.r_re[p] = r.real();
    scratch.r_im[p] = r.imag();
  }
}

void FinishY(Activation activation, std::span<const float> d,
             std::span<const float> x,
             std::span<float> y) noexcept TACET_REALTIME {
  for (size_t h = 0; h < y.size(); ++h) {
    y[h] = Activate(activation, y[h] + d[h] * x[h]);
  }
}

void AddGated(Activation activation, std::span<const float> x,
              std::span<const float> y, std::span<const float> gate,
              std::span<float> out) noexcept TACET_REALTIME {
  for (size_t h = 0; h < out.size(); ++h) {
    const float z = y[h] * Sigmoid(gate[h]);
    out[h] = ActivateResidual(activation, z + x[h]);
  }
}

void ActivateAllResiduals(Activation activation,
                          std::span<float> x) noexcept TACET_REALTIME {
  for (float& value : x) value = ActivateResidual(activation, value);
}

void StepS5Layer(const S5Weights& w, Activation activation,
                 StateActivation state_activation, std::span<const float> x,
                 S5State& state, S5Scratch& scratch, std::span<float> out,
                 const FloatKernels& kernels) noexcept TACET_REALTIME {
  assert(x.size() == w.d.size() && out.size() == w.d.size());
  assert(state.re.size() == w.a_re.size());
  assert(scratch.y.size() == w.d.size());

  // 1. v = B x + b_bias; the row factor `scale` waits until the sums are
  //    complete, so that the real and imaginary parts of B stay sparse apart.
  kernels.multiply(w.b_re, x, w.b_bias_re, scratch.v_re);
  kernels.multiply(w.b_im, x, w.b_bias_im, scratch.v_im);

  // 2. s = a s + scale v and r = state_activation(s)
  kernels.step_states(w, state_activation, scratch, state);

  // 3. y = act(c_re Re(r) + c_im Im(r) + d x + y_bias)
  kernels.multiply(w.c_re, scratch.r_re, w.y_bias, scratch.y);
  kernels.multiply_add(w.c_im, scratch.r_im, scratch.y);
  kernels.finish_y(activation, w.d, x, scratch.y);

  // 4. out = act0(y sigmoid(W_gate y + b_gate) + x)
  kernels.multiply(w.gate, scratch.y, w.gate_bias, scratch.gate);
  kernels.add_gated(activation, x, scratch.y, scratch.gate, out);
}

}  // namespace tacet
