// SPDX-License-Identifier: Apache-2.0
//
// Compiled once for each instruction set: Highway includes this file again.
// Only Highway's headers are used, so that nothing more is linked.
#include "model/kernels/float_elementwise.h"

#include <cstddef>

#include "model/mask.h"
#include "model/s5_layer.h"

// As model/kernels/fixed_elementwise.cc.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/float_elementwise.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h.
#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"
#include "model/kernels/float_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tacet {
namespace HWY_NAMESPACE {
namespace {

inline V Sigmoid(V x) {
  // e^-x is infinite from 89 on, as exp says too.
  const V most = hn::Set(D(), 100.0f), one = hn::Set(D(), 1.0f);
  const V sigmoid =
      hn::Div(one, hn::Add(one, hn::Exp(D(), hn::Min(hn::Neg(x), most))));
  return hn::IfThenElse(hn::IsNaN(x), x, sigmoid);
}

void ActivateResiduals(Activation activation,
                       std::span<float> x) noexcept TACET_REALTIME {
  const size_t lanes = hn::Lanes(D());
  size_t h = 0;
  for (; activation == Activation::kRelu && h + lanes <= x.size(); h += lanes) {
    Store(Rectify(Load(&x[h])), &x[h]);
  }
  ActivateAllResiduals(activation, x.subspan(h));
}

void Step(const S5Weights& w, StateActivation activation, S5Scratch& scratch,
          S5State& state) noexcept TACET_REALTIME {
  const size_t size = state.re.size(), lanes = hn::Lanes(D());
  size_t p = 0;
  for (; p + lanes <= size; p += lanes) {
    const Poles poles(w, p);
    V re = Load(&state.re[p]), im = Load(&state.im[p]);
    poles.Step(Load(&scratch.v_re[p]), Load(&scratch.v_im[p]), re, im);
    Store(re, &state.re[p]);
    Store(im, &state.im[p]);
    ActivateParts(activation, re, im);
    Store(re, &scratch.r_re[p]);
    Store(im, &scratch.r_im[p]);
  }
  StepStates(w, activation, scratch, state, p);
}

void FinishAllY(Activation activation, std::span<const float> d,
                std::span<const float> x,
                std::span<float> y) noexcept TACET_REALTIME {
  const size_t lanes = hn::Lanes(D());
  size_t h = 0;
  for (; activation == Activation::kRelu && h + lanes <= y.size(); h += lanes) {
    const V skip = hn::Mul(Load(&d[h]), Load(&x[h]));
    Store(Rectify(hn::Add(Load(&y[h]), skip)), &y[h]);
  }
  FinishY(activation, d.subspan(h), x.subspan(h), y.subspan(h));
}

void AddAllGated(Activation activation, std::span<const float> x,
                 std::span<const float> y, std::span<const float> gate,
                 std::span<float> out) noexcept TACET_REALTIME {
  const size_t lanes = hn::Lanes(D());
  size_t h = 0;
  for (; h + lanes <= out.size(); h += lanes) {
    const V z = hn::Mul(Load(&y[h]), Sigmoid(Load(&gate[h])));
    const V sum = hn::Add(z, Load(&x[h]));
    Store(activation == Activation::kRelu ? Rectify(sum) : sum, &out[h]);
  }
  AddGated(activation, x.subspan(h), y.subspan(h), gate.subspan(h),
           out.subspan(h));
}

void Mask(MaskRule rule, std::span<const float> outputs,
          std::span<std::complex<float>> mask) noexcept TACET_REALTIME {
  if (rule != MaskRule::kSigmoid) return MaskFromOutputs(rule, outputs, mask);
  const size_t lanes = hn::Lanes(D());
  float* const parts = reinterpret_cast<float*>(mask.data());
  size_t k = 0;
  for (; k + lanes <= mask.size(); k += lanes) {
    hn::StoreInterleaved2(Sigmoid(Load(&outputs[k])), hn::Zero(D()), D(),
                          parts + 2 * k);
  }
  MaskFromOutputs(rule, outputs.subspan(k), mask.subspan(k));
}

[[maybe_unused]] FloatKernels Elementwise() noexcept {
  return {.name = "",
          .multiply = nullptr,
          .multiply_add = nullptr,
          .activate_residual = ActivateResiduals,
          .step_states = Step,
          .finish_y = FinishAllY,
          .add_gated = AddAllGated,
          .mask = Mask};
}

}  // namespace

#if HWY_TARGET == HWY_AVX2
FloatKernels GetFloat() noexcept { return Elementwise(); }
#elif HWY_TARGET == HWY_AVX3
FloatKernels GetFloat() noexcept { return Elementwise(); }
#elif HWY_TARGET == HWY_NEON
FloatKernels GetFloat() noexcept { return Elementwise(); }
#endif

}  // namespace HWY_NAMESPACE
}  // namespace tacet
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tacet {
#if defined(__x86_64__)
FloatKernels Avx2FloatElementwise() noexcept { return N_AVX2::GetFloat(); }
FloatKernels Avx512FloatElementwise() noexcept { return N_AVX3::GetFloat(); }
#elif defined(__aarch64__)
FloatKernels NeonFloatElementwise() noexcept { return N_NEON::GetFloat(); }
#endif
}  // namespace tacet
#endif
