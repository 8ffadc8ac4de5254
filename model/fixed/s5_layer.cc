// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/s5_layer.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "model/fixed/arithmetic.h"

namespace tacet {

void SetStateFactors(FixedS5Weights* w) {
  const size_t size = w->a_re.size();
  const auto scaled = [size](std::span<const int16_t> v, const auto& shift) {
    std::vector<float> factors(size);
    for (size_t p = 0; p < size; ++p) {
      factors[p] = std::ldexp(static_cast<float>(v[p]), -shift(p));
    }
    return factors;
  };
  const auto pole = [](size_t) { return kPoleExponent; };
  const auto input = [&](size_t p) { return int{w->v_shift[p]}; };
  w->pole_re = scaled(w->a_re, pole);
  w->pole_im = scaled(w->a_im, pole);
  w->input_re = scaled(w->scale_re, input);
  w->input_im = scaled(w->scale_im, input);
}

void AccumulateB(const FixedS5Weights& w, const FixedKernels& kernels,
                 std::span<const int16_t> x,
                 FixedS5Scratch& scratch) noexcept TACET_REALTIME {
  kernels.multiply(w.b_re, x, w.b_bias_re, scratch.acc_re);
  kernels.multiply(w.b_im, x, w.b_bias_im, scratch.acc_im);
}

void UpdateState(const FixedS5Weights& w, const FixedS5Scratch& scratch,
                 FixedS5State& state, size_t first) noexcept TACET_REALTIME {
  for (size_t p = first; p < state.re.size(); ++p) {
    const int64_t a_re = w.a_re[p], a_im = w.a_im[p];
    const int64_t s_re = state.re[p], s_im = state.im[p];
    const int64_t f_re = w.scale_re[p], f_im = w.scale_im[p];
    const int64_t u_re = scratch.acc_re[p], u_im = scratch.acc_im[p];
    const int shift = w.v_shift[p];
    const int64_t re = TruncateShift(a_re * s_re - a_im * s_im, kPoleExponent) +
                       RoundShift64(f_re * u_re - f_im * u_im, shift);
    const int64_t im = TruncateShift(a_re * s_im + a_im * s_re, kPoleExponent) +
                       RoundShift64(f_re * u_im + f_im * u_re, shift);
    state.re[p] = static_cast<int32_t>(Saturate(re, w.max_state));
    state.im[p] = static_cast<int32_t>(Saturate(im, w.max_state));
  }
}

void ActivateFixedState(const FixedS5Weights& w, StateActivation activation,
                        const FixedS5State& state, FixedS5Scratch& scratch,
                        size_t first) noexcept TACET_REALTIME {
  for (size_t p = first; p < state.re.size(); ++p) {
    int32_t re = state.re[p], im = state.im[p];
    if (activation == StateActivation::kReluParts) {
      re = std::max(re, 0);
      im = std::max(im, 0);
    } else if (re < 0 || (re == 0 && im <= 0)) {  // kGateRe
      re = im = 0;
    }
    scratch.r_re[p] = SaturateToActivation(RoundShift(re, w.r_shift[p]));
    scratch.r_im[p] = SaturateToActivation(RoundShift(im, w.r_shift[p]));
  }
}

void StartY(const FixedS5Weights& w, std::span<const int16_t> x,
            std::span<int32_t> acc, size_t first) noexcept TACET_REALTIME {
  for (size_t h = first; h < x.size(); ++h) {
    const int32_t product = int32_t{w.d[h]} * x[h];
    acc[h] = w.y_bias[h] + RoundShift(product, w.d_shift[h]);
  }
}

void ComputeY(const FixedS5Weights& w, const FixedKernels& kernels,
              std::span<const int16_t> x,
              FixedS5Scratch& scratch) noexcept TACET_REALTIME {
  kernels.start_y(w, x, scratch.acc);
  kernels.multiply_add(w.c_re, scratch.r_re, scratch.acc);
  kernels.multiply_add(w.c_im, scratch.r_im, scratch.acc);
  kernels.round_relu(scratch.acc, w.y_shift, scratch.y);
}

void AddGated(const FixedS5Weights& w, const FixedSigmoid& sigmoid,
              std::span<const int16_t> x, FixedS5Scratch& scratch,
              std::span<int16_t> out, size_t first) noexcept TACET_REALTIME {
  for (size_t h = first; h < x.size(); ++h) {
    scratch.gate[h] = sigmoid(scratch.gate[h]);
    const int64_t z = int64_t{scratch.y[h]} * scratch.gate[h] +
                      (int64_t{x[h]} << w.x_left_shift);
    out[h] = SaturateToRelu(RoundShift64(z, w.out_shift));
  }
}

void GateAndAdd(const FixedS5Weights& w, const FixedKernels& kernels,
                const FixedSigmoid& sigmoid, std::span<const int16_t> x,
                FixedS5Scratch& scratch,
                std::span<int16_t> out) noexcept TACET_REALTIME {
  Apply(w.gate, kernels, scratch.y, scratch.acc, scratch.gate);
  kernels.add_gated(w, sigmoid, x, scratch, out);
}

void StepFixedS5Layer(const FixedS5Weights& w, const FixedKernels& kernels,
                      const FixedSigmoid& sigmoid, StateActivation activation,
                      std::span<const int16_t> x, FixedS5State& state,
                      FixedS5Scratch& scratch,
                      std::span<int16_t> out) noexcept TACET_REALTIME {
  AccumulateB(w, kernels, x, scratch);
  kernels.step_states(w, activation, scratch, state);
  ComputeY(w, kernels, x, scratch);
  GateAndAdd(w, kernels, sigmoid, x, scratch, out);
}

}  // namespace tacet
