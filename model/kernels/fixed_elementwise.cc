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

HWY_BEFORE_NAMESPACE();
namespace tacet {
namespace HWY_NAMESPACE {
namespace {

// 16-bit integers from memory as doubles or 32-bit integers.
inline hn::Vec<D64> LoadDoubles(const int16_t* p) {
  const Like<int32_t, D64> d32;
  const hn::Rebind<int16_t, decltype(d32)> d16;
  return hn::PromoteTo(D64(), hn::PromoteTo(d32, hn::LoadU(d16, p)));
}
inline hn::Vec<D64> LoadDoubles(const int32_t* p) {
  return hn::PromoteTo(D64(), hn::LoadU(Like<int32_t, D64>(), p));
}
template <class D>
inline hn::Vec<D> LoadShifts(D d, const uint8_t* p) {
  return hn::PromoteTo(d, hn::LoadU(Like<uint8_t, D>(), p));
}

// 2^-shift
inline hn::Vec<D64> LoadPowers(const uint8_t* shift) {
  constexpr int kBias = 1023, kFractionBits = 52;
  const hn::RebindToUnsigned<D64> d64;
  const Like<uint32_t, decltype(d64)> d32;
  const auto s = hn::PromoteTo(d64, LoadShifts(d32, shift));
  return hn::BitCast(
      D64(), hn::ShiftLeft<kFractionBits>(hn::Sub(hn::Set(d64, kBias), s)));
}

void StepStates(const FixedS5Weights& w, StateActivation activation,
                FixedS5Scratch& scratch,
                FixedS5State& state) noexcept TACET_REALTIME {
  const D64 d;
  const Like<int32_t, D64> di;
  const size_t size = state.re.size(), lanes = hn::Lanes(d);
  const auto unit = hn::Set(d, 1.0 / (1 << kPoleExponent));
  const auto most = hn::Set(d, w.max_state), least = hn::Neg(most);
  size_t p = 0;
  for (; p + lanes <= size; p += lanes) {
    const auto a_re = LoadDoubles(&w.a_re[p]), a_im = LoadDoubles(&w.a_im[p]);
    const auto s_re = LoadDoubles(&state.re[p]);
    const auto s_im = LoadDoubles(&state.im[p]);
    const auto power = LoadPowers(&w.v_shift[p]);
    const auto f_re = LoadDoubles(&w.scale_re[p]);
    const auto f_im = LoadDoubles(&w.scale_im[p]);
    const auto u_re = LoadDoubles(&scratch.acc_re[p]);
    const auto u_im = LoadDoubles(&scratch.acc_im[p]);
    const auto as_re = hn::Sub(hn::Mul(a_re, s_re), hn::Mul(a_im, s_im));
    const auto as_im = hn::Add(hn::Mul(a_re, s_im), hn::Mul(a_im, s_re));
    const auto fu_re = hn::Sub(hn::Mul(f_re, u_re), hn::Mul(f_im, u_im));
    const auto fu_im = hn::Add(hn::Mul(f_re, u_im), hn::Mul(f_im, u_re));
    const auto new_re = hn::Add(hn::Trunc(hn::Mul(as_re, unit)),
                                RoundHalfUp(hn::Mul(fu_re, power)));
    const auto new_im = hn::Add(hn::Trunc(hn::Mul(as_im, unit)),
                                RoundHalfUp(hn::Mul(fu_im, power)));
    auto re = hn::DemoteTo(di, hn::Min(hn::Max(new_re, least), most));
    auto im = hn::DemoteTo(di, hn::Min(hn::Max(new_im, least), most));
    hn::StoreU(re, di, &state.re[p]);
    hn::StoreU(im, di, &state.im[p]);
    ActivateParts(di, activation, re, im);
    const auto shift = LoadShifts(di, &w.r_shift[p]);
    StoreActivation(di, RoundShift32(di, re, shift), -kMaxActivation,
                    &scratch.r_re[p]);
    StoreActivation(di, RoundShift32(di, im, shift), -kMaxActivation,
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

// Whether y·gate + 2^left·x and half a unit of the result fit 32 bits: with
// all three at their ends, 2^30 − 2^16 + 1, 2^30 − 2^15 and 2^16 are less than
// 2^31 together.
inline bool FitsInts(const FixedS5Weights& w) {
  return w.x_left_shift <= 15 && w.out_shift <= 17;
}

// out = the saturated sums of the first h of x, y and gate; returns h.
size_t AddGatedInts(const FixedS5Weights& w, std::span<const int16_t> x,
                    const FixedS5Scratch& scratch, std::span<int16_t> out) {
  const D32 d;
  const auto shift = hn::Set(d, w.out_shift);
  const auto most = hn::Set(d, kMaxActivation);
  size_t h = 0;
  for (; h + hn::Lanes(d) <= x.size(); h += hn::Lanes(d)) {
    const auto z =
        hn::Add(hn::Mul(LoadInts(&scratch.y[h]), LoadInts(&scratch.gate[h])),
                hn::ShiftLeftSame(LoadInts(&x[h]), w.x_left_shift));
    StoreActivation(d, hn::Min(RoundShift32(d, z, shift), most), 0, &out[h]);
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
  // The gates first: gathers wait less for each other.
  const D32 d;
  size_t num_gates = 0;
  for (; num_gates + hn::Lanes(d) <= x.size(); num_gates += hn::Lanes(d)) {
    int16_t* const gate = &scratch.gate[num_gates];
    StoreActivation(d, Sigmoid(sigmoid, LoadInts(gate)), 0, gate);
  }
  const std::span<const int16_t> gated = x.first(num_gates);
  const size_t num_added = FitsInts(w)
                               ? AddGatedInts(w, gated, scratch, out)
                               : AddGatedDoubles(w, gated, scratch, out);
  assert(num_added == num_gates);
  AddGated(w, sigmoid, x, scratch, out, num_added);
}

void Quantise(std::span<const float> features, int exponent,
              std::span<int16_t> q) noexcept TACET_REALTIME {
  const D64 d;
  const Like<int32_t, D64> di;
  const Like<float, D64> df;
  const double scale = exponent < 0 ? 1.0 / static_cast<double>(1 << -exponent)
                                    : static_cast<double>(1 << exponent);
  const auto factor = hn::Set(d, scale), most = hn::Set(d, kMaxActivation);
  size_t k = 0;
  for (; k + hn::Lanes(d) <= q.size(); k += hn::Lanes(d)) {
    const auto f = hn::PromoteTo(d, hn::LoadU(df, &features[k]));
    const auto rounded = RoundHalfUp(hn::Mul(f, factor));
    const auto limited = hn::Max(hn::Min(rounded, most), hn::Neg(most));
    StoreActivation(di, hn::DemoteTo(di, limited), -kMaxActivation, &q[k]);
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
  size_t k = 0;
  for (; k + hn::Lanes(d) <= mask.size(); k += hn::Lanes(d)) {
    const auto g = Sigmoid(sigmoid, LoadInts(&outputs[k]));
    hn::StoreInterleaved2(hn::Mul(hn::ConvertTo(df, g), unit), hn::Zero(df), df,
                          parts + 2 * k);
  }
  MaskFromFixedOutputs(rule, output_exponent, sigmoid, outputs.subspan(k),
                       mask.subspan(k));
}

[[maybe_unused]] FixedKernels Elementwise() noexcept {
  return {.name = "",
          .multiply_add = nullptr,
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
