// SPDX-License-Identifier: Apache-2.0
//
// Compiled once for each instruction set: Highway includes this file again.
// Only Highway's headers are used, so that nothing more is linked.
#include "model/kernels/fixed_elementwise.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "model/fixed/affine.h"
#include "model/fixed/arithmetic.h"
#include "model/fixed/feature_quantiser.h"
#include "model/fixed/mask.h"
#include "model/fixed/s5_layer.h"

// Older x86 processors take the scalar reference, arm64 NEON.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/fixed_elementwise.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h.
#include "hwy/highway.h"
#include "model/kernels/fixed_lanes-inl.h"

// Highway's scalar target, of which nothing is taken, lacks some operations.
#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace tacet {
namespace HWY_NAMESPACE {
namespace {

// Numbers from memory as doubles.
inline hn::Vec<D64> LoadDoubles(const int16_t* p) {
  const Like<int32_t, D64> d32;
  const hn::Rebind<int16_t, decltype(d32)> d16;
  return hn::PromoteTo(D64(), hn::PromoteTo(d32, hn::LoadU(d16, p)));
}
template <typename T>
inline hn::Vec<D64> LoadDoubles(const T* p) {
  return hn::PromoteTo(D64(), hn::LoadU(Like<T, D64>(), p));
}
template <class D>
inline hn::Vec<D> LoadShifts(D d, const uint8_t* p) {
  return hn::PromoteTo(d, hn::LoadU(Like<uint8_t, D>(), p));
}

struct States {
  hn::Vec<D64> re, im;
};

// UpdateState from state p on. All is exact, so that a fused multiply-add gives
// what a product and a sum give.
inline States NextStates(const FixedS5Weights& w, const FixedS5Scratch& scratch,
                         const FixedS5State& state, size_t p) {
  const D64 d;
  const auto half = hn::Set(d, 0.5);
  const auto most = hn::Set(d, w.max_state), least = hn::Neg(most);
  const auto a_re = LoadDoubles(&w.pole_re[p]);
  const auto a_im = LoadDoubles(&w.pole_im[p]);
  const auto f_re = LoadDoubles(&w.input_re[p]);
  const auto f_im = LoadDoubles(&w.input_im[p]);
  const auto s_re = LoadDoubles(&state.re[p]);
  const auto s_im = LoadDoubles(&state.im[p]);
  const auto u_re = LoadDoubles(&scratch.acc_re[p]);
  const auto u_im = LoadDoubles(&scratch.acc_im[p]);
  const auto as_re = hn::MulSub(a_re, s_re, hn::Mul(a_im, s_im));
  const auto as_im = hn::MulAdd(a_re, s_im, hn::Mul(a_im, s_re));
  const auto fu_re = hn::NegMulAdd(f_im, u_im, hn::MulAdd(f_re, u_re, half));
  const auto fu_im = hn::MulAdd(f_im, u_re, hn::MulAdd(f_re, u_im, half));
  const auto re = hn::Add(hn::Trunc(as_re), hn::Floor(fu_re));
  const auto im = hn::Add(hn::Trunc(as_im), hn::Floor(fu_im));
  return {hn::Min(hn::Max(re, least), most), hn::Min(hn::Max(im, least), most)};
}

// Whole numbers of 32 bits: a double of 1.5·2^52 + i ends with the bits of i.
inline hn::Vec<D32> ToInts(hn::Vec<D64> low, hn::Vec<D64> high) {
  const auto magic = hn::Set(D64(), 0x1.8p52);
  return hn::ConcatEven(D32(), hn::BitCast(D32(), hn::Add(high, magic)),
                        hn::BitCast(D32(), hn::Add(low, magic)));
}

void StepStates(const FixedS5Weights& w, StateActivation activation,
                FixedS5Scratch& scratch,
                FixedS5State& state) noexcept TACET_REALTIME {
  const D32 d;
  const size_t size = state.re.size(), lanes = hn::Lanes(d);
  assert(w.pole_re.size() == size);
  size_t p = 0;
  for (; p + lanes <= size; p += lanes) {
    const States low = NextStates(w, scratch, state, p);
    const States high = NextStates(w, scratch, state, p + lanes / 2);
    auto re = ToInts(low.re, high.re), im = ToInts(low.im, high.im);
    hn::StoreU(re, d, &state.re[p]);
    hn::StoreU(im, d, &state.im[p]);
    ActivateParts(d, activation, re, im);
    const auto shift = LoadShifts(d, &w.r_shift[p]);
    StoreActivation(d, RoundShift32(d, re, shift), -kMaxActivation,
                    &scratch.r_re[p]);
    StoreActivation(d, RoundShift32(d, im, shift), -kMaxActivation,
                    &scratch.r_im[p]);
  }
  UpdateState(w, scratch, state, p);
  ActivateFixedState(w, activation, state, scratch, p);
}

void StartAllY(const FixedS5Weights& w, std::span<const int16_t> x,
               std::span<int32_t> acc) noexcept TACET_REALTIME {
  const D32 d;
  size_t h = 0;
  for (; h + hn::Lanes(d) <= x.size(); h += hn::Lanes(d)) {
    const auto product = hn::Mul(LoadInts(&w.d[h]), LoadInts(&x[h]));
    const auto bias = hn::LoadU(d, &w.y_bias[h]);
    const auto shift = LoadShifts(d, &w.d_shift[h]);
    hn::StoreU(hn::Add(bias, RoundShift32(d, product, shift)), d, &acc[h]);
  }
  StartY(w, x, acc, h);
}

template <bool kRelu>
void RoundAll(std::span<const int32_t> acc, std::span<const uint8_t> shift,
              std::span<int16_t> y) noexcept TACET_REALTIME {
  const D32 d;
  size_t r = 0;
  for (; r + hn::Lanes(d) <= y.size(); r += hn::Lanes(d)) {
    const auto x =
        RoundShift32(d, hn::LoadU(d, &acc[r]), LoadShifts(d, &shift[r]));
    StoreActivation(d, x, kRelu ? 0 : -kMaxActivation, &y[r]);
  }
  (kRelu ? RoundToRelu : RoundToActivation)(acc.subspan(r), shift.subspan(r),
                                            y.subspan(r));
}

// Whether 32 bits are enough: with all three at their ends, y·gate, 2^left·x
// and half a unit of the result are 2^30 − 2^16 + 1, 2^30 − 2^15 and 2^16, less
// than 2^31 together. With left >= right, 2^(left−right)·x is added behind the
// rounding, and half a unit may be 2^29.
inline bool FitsInts(const FixedS5Weights& w) {
  const int left = w.x_left_shift, right = w.out_shift;
  return left >= right ? right <= 30 && left - right <= 15
                       : left <= 15 && right <= 17;
}

// out = the saturated sums of the first h of x, y and gate; returns h.
//   kIsBehind  left >= right: 2^left·x is whole units of the result
template <bool kIsBehind>
size_t AddGatedInts(const FixedS5Weights& w, std::span<const int16_t> x,
                    const FixedS5Scratch& scratch, std::span<int16_t> out) {
  const D32 d;
  const int left = w.x_left_shift, right = w.out_shift;
  const int x_shift = kIsBehind ? left - right : left;
  const auto half = hn::Set(d, right == 0 ? 0 : 1 << (right - 1));
  const auto most = hn::Set(d, kMaxActivation);
  size_t h = 0;
  for (; h + hn::Lanes(d) <= x.size(); h += hn::Lanes(d)) {
    const auto product =
        hn::Mul(LoadInts(&scratch.y[h]), LoadInts(&scratch.gate[h]));
    const auto shifted = hn::ShiftLeftSame(LoadInts(&x[h]), x_shift);
    auto z = hn::Add(product, half);
    if constexpr (!kIsBehind) z = hn::Add(z, shifted);
    z = hn::ShiftRightSame(z, right);
    if constexpr (kIsBehind) z = hn::Add(z, shifted);
    StoreActivation(d, hn::Min(z, most), 0, &out[h]);
  }
  return h;
}

size_t AddGatedDoubles(const FixedS5Weights& w, std::span<const int16_t> x,
                       const FixedS5Scratch& scratch, std::span<int16_t> out) {
  const D64 d;
  const Like<int32_t, D64> di;
  const auto left =
      hn::Set(d, static_cast<double>(int64_t{1} << w.x_left_shift));
  const auto power =
      hn::Set(d, 1.0 / static_cast<double>(int64_t{1} << w.out_shift));
  const auto most = hn::Set(d, kMaxActivation);
  size_t h = 0;
  for (; h + hn::Lanes(d) <= x.size(); h += hn::Lanes(d)) {
    const auto z = hn::Add(
        hn::Mul(LoadDoubles(&scratch.y[h]), LoadDoubles(&scratch.gate[h])),
        hn::Mul(LoadDoubles(&x[h]), left));
    const auto rounded = hn::Min(RoundHalfUp(hn::Mul(z, power)), most);
    StoreActivation(di, hn::DemoteTo(di, rounded), 0, &out[h]);
  }
  return h;
}

void AddAllGated(const FixedS5Weights& w, const FixedSigmoid& sigmoid,
                 std::span<const int16_t> x, FixedS5Scratch& scratch,
                 std::span<int16_t> out) noexcept TACET_REALTIME {
  // Whole vectors of 32 bits are as many of the sums as of 16 are gates.
  const size_t num_gates =
      SigmoidAll(sigmoid, scratch.gate.data(), x.size(), scratch.gate.data());
  const std::span<const int16_t> gated = x.first(num_gates);
  const auto add = !FitsInts(w)                    ? AddGatedDoubles
                   : w.x_left_shift >= w.out_shift ? AddGatedInts<true>
                                                   : AddGatedInts<false>;
  const size_t num_added = add(w, gated, scratch, out);
  assert(num_added == num_gates);
  AddGated(w, sigmoid, x, scratch, out, num_added);
}

// In floats, of which each step is exact: scaling, the whole part, and the rest
// above it unless that is nearly 1.
void Quantise(std::span<const float> features, int exponent,
              std::span<int16_t> q) noexcept TACET_REALTIME {
  const D32 di;
  const Like<float, D32> d;
  const float scale = exponent < 0 ? 1.0f / static_cast<float>(1 << -exponent)
                                   : static_cast<float>(1 << exponent);
  const auto factor = hn::Set(d, scale), half = hn::Set(d, 0.5f);
  const auto most = hn::Set(d, kMaxActivation), one = hn::Set(d, 1.0f);
  size_t k = 0;
  for (; k + hn::Lanes(d) <= q.size(); k += hn::Lanes(d)) {
    const auto f = hn::Mul(hn::LoadU(d, &features[k]), factor);
    const auto limited = hn::Max(hn::Min(f, most), hn::Neg(most));
    const auto whole = hn::Floor(limited);
    const auto is_upper = hn::Ge(hn::Sub(limited, whole), half);
    const auto rounded = hn::Add(whole, hn::IfThenElseZero(is_upper, one));
    StoreActivation(di, hn::ConvertTo(di, rounded), -kMaxActivation, &q[k]);
  }
  QuantiseFeatures(features.subspan(k), exponent, q.subspan(k));
}

void Mask(MaskRule rule, int output_exponent, const FixedSigmoid& sigmoid,
          std::span<const int16_t> outputs,
          std::span<std::complex<float>> mask) noexcept TACET_REALTIME {
  if (rule != MaskRule::kSigmoid) {
    MaskFromFixedOutputs(rule, output_exponent, sigmoid, outputs, mask);
    return;
  }
  const D32 d;
  const Like<float, D32> df;
  const auto unit = hn::Set(df, 1.0f / (1 << kSigmoidExponent));
  float* const parts = reinterpret_cast<float*>(mask.data());
  constexpr size_t kPart = 128;  // a multiple of the lanes
  int16_t g[kPart];
  size_t k = 0;
  for (size_t n = kPart; n == kPart; k += n) {
    n = SigmoidAll(sigmoid, &outputs[k], std::min(kPart, mask.size() - k), g);
    for (size_t i = 0; i < n; i += hn::Lanes(d)) {
      const auto value = hn::Mul(hn::ConvertTo(df, LoadInts(g + i)), unit);
      hn::StoreInterleaved2(value, hn::Zero(df), df, parts + 2 * (k + i));
    }
  }
  MaskFromFixedOutputs(rule, output_exponent, sigmoid, outputs.subspan(k),
                       mask.subspan(k));
}

[[maybe_unused]] FixedKernels Elementwise() noexcept {
  return {.name = "",
          .multiply_add = nullptr,
          .multiply = nullptr,
          .step_states = StepStates,
          .start_y = StartAllY,
          .add_gated = AddAllGated,
          .round = RoundAll<false>,
          .round_relu = RoundAll<true>,
          .quantise = Quantise,
          .mask = Mask};
}

}  // namespace

#if HWY_TARGET == HWY_AVX2
FixedKernels Get() noexcept { return Elementwise(); }
#elif HWY_TARGET == HWY_AVX3
FixedKernels Get() noexcept { return Elementwise(); }
#elif HWY_TARGET == HWY_NEON
FixedKernels Get() noexcept { return Elementwise(); }
#endif

}  // namespace HWY_NAMESPACE
}  // namespace tacet
HWY_AFTER_NAMESPACE();
#endif  // HWY_TARGET != HWY_SCALAR

#if HWY_ONCE
namespace tacet {
#if defined(__x86_64__)
FixedKernels Avx2Elementwise() noexcept { return N_AVX2::Get(); }
FixedKernels Avx512Elementwise() noexcept { return N_AVX3::Get(); }
#elif defined(__aarch64__)
FixedKernels NeonElementwise() noexcept { return N_NEON::Get(); }
#endif
}  // namespace tacet
#endif
