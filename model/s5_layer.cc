// SPDX-License-Identifier: Apache-2.0
#include "model/s5_layer.h"

#include <cassert>
#include <complex>
#include <cstddef>

namespace tacet {

void StepS5Layer(const S5Weights& w, Activation activation,
                 StateActivation state_activation, std::span<const float> x,
                 S5State& state, S5Scratch& scratch, std::span<float> out,
                 const FloatKernels& kernels) noexcept TACET_REALTIME {
  const size_t num_states = w.a_re.size();
  const size_t hidden = w.d.size();
  assert(x.size() == hidden && out.size() == hidden);
  assert(state.re.size() == num_states && scratch.y.size() == hidden);

  // 1. v = B x + b_bias; the row factor `scale` waits until the sums are
  //    complete, so that the real and imaginary parts of B stay sparse apart.
  kernels.multiply(w.b_re, x, w.b_bias_re, scratch.v_re);
  kernels.multiply(w.b_im, x, w.b_bias_im, scratch.v_im);

  // 2. s = a s + scale v and r = state_activation(s), complex, written out.
  for (size_t p = 0; p < num_states; ++p) {
    const float v_re = scratch.v_re[p], v_im = scratch.v_im[p];
    const float s_re = state.re[p], s_im = state.im[p];
    const float re = w.a_re[p] * s_re - w.a_im[p] * s_im +
                     (w.scale_re[p] * v_re - w.scale_im[p] * v_im);
    const float im = w.a_re[p] * s_im + w.a_im[p] * s_re +
                     (w.scale_re[p] * v_im + w.scale_im[p] * v_re);
    state.re[p] = re;
    state.im[p] = im;
    const std::complex<float> r = ActivateState(state_activation, re, im);
    scratch.r_re[p] = r.real();
    scratch.r_im[p] = r.imag();
  }

  // 3. y = act(c_re Re(r) + c_im Im(r) + d x + y_bias)
  kernels.multiply(w.c_re, scratch.r_re, w.y_bias, scratch.y);
  kernels.multiply_add(w.c_im, scratch.r_im, scratch.y);
  for (size_t h = 0; h < hidden; ++h) {
    scratch.y[h] = Activate(activation, scratch.y[h] + w.d[h] * x[h]);
  }

  // 4. out = act0(y sigmoid(W_gate y + b_gate) + x)
  kernels.multiply(w.gate, scratch.y, w.gate_bias, scratch.gate);
  for (size_t h = 0; h < hidden; ++h) {
    const float z = scratch.y[h] * Sigmoid(scratch.gate[h]);
    out[h] = ActivateResidual(activation, z + x[h]);
  }
}

}  // namespace tacet
