// SPDX-License-Identifier: Apache-2.0
// What the integer kernels share, for the instruction set that Highway compiles
// for when this is included.
#include <cstddef>
#include <cstdint>

#include "model/fixed/arithmetic.h"
#include "model/fixed/sigmoid.h"

#if defined(TACET_MODEL_KERNELS_FIXED_LANES_INL_H_) == \
    defined(HWY_TARGET_TOGGLE)
#ifdef TACET_MODEL_KERNELS_FIXED_LANES_INL_H_
#undef TACET_MODEL_KERNELS_FIXED_LANES_INL_H_
#else
#define TACET_MODEL_KERNELS_FIXED_LANES_INL_H_
#endif

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace tacet {
namespace HWY_NAMESPACE {
namespace {  // NOLINT(google-build-namespaces): of each instruction set

namespace hn = hwy::HWY_NAMESPACE;

// As many lanes of each type as there are doubles in a vector, or 32-bit
// integers in one.
using D64 = hn::ScalableTag<double>;
using D32 = hn::ScalableTag<int32_t>;
template <typename T, class D>
using Like = hn::Rebind<T, D>;

inline hn::Vec<D32> LoadInts(const int16_t* p) {
  return hn::PromoteTo(D32(), hn::LoadU(Like<int16_t, D32>(), p));
}

// RoundShift: adding 2^shift/2 is adding nothing where shift is 0.
template <class D>
inline hn::Vec<D> RoundShift32(D d, hn::Vec<D> x, hn::Vec<D> shift) {
  const auto half = hn::ShiftRight<1>(hn::Set(d, 1) << shift);
  return hn::Add(x, half) >> shift;
}

// ⌊x + 1/2⌋
inline hn::Vec<D64> RoundHalfUp(hn::Vec<D64> x) {
  return hn::Floor(hn::Add(x, hn::Set(D64(), 0.5)));
}

template <class D>
inline void StoreActivation(D d, hn::Vec<D> x, int32_t least, int16_t* y) {
  const Like<int16_t, D> d16;
  hn::StoreU(hn::DemoteTo(d16, hn::Max(x, hn::Set(d, least))), d16, y);
}

// The state activation, of kReluParts and kGateRe.
template <class D>
inline void ActivateParts(D d, StateActivation kind, hn::Vec<D>& re,
                          hn::Vec<D>& im) {
  const auto zero = hn::Zero(d);
  if (kind == StateActivation::kReluParts) {
    re = hn::Max(re, zero);
    im = hn::Max(im, zero);
    return;
  }
  const auto open =
      hn::Or(hn::Gt(re, zero), hn::And(hn::Eq(re, zero), hn::Gt(im, zero)));
  re = hn::IfThenElseZero(open, re);
  im = hn::IfThenElseZero(open, im);
}

// FixedSigmoid, where a vector is gathered.
[[maybe_unused]] inline hn::Vec<D32> Sigmoid(const FixedSigmoid& sigmoid,
                                             hn::Vec<D32> x) {
  const D32 d;
  const auto size = hn::Abs(x);
  const auto f =
      hn::And(size, hn::Set(d, (1 << FixedSigmoid::kFractionBits) - 1));
  const auto step =
      hn::GatherIndex(d, sigmoid.steps().data(),
                      hn::ShiftRight<FixedSigmoid::kFractionBits>(size));
  const auto low = hn::And(step, hn::Set(d, 0xffff));
  const auto rise = hn::ShiftRight<16>(step);
  const auto half = hn::Set(d, 1 << (FixedSigmoid::kFractionBits - 1));
  const auto v = hn::Add(low, hn::ShiftRight<FixedSigmoid::kFractionBits>(
                                  hn::Add(hn::Mul(rise, f), half)));
  const int32_t one = 1 << kSigmoidExponent;
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Sub(hn::Set(d, one), v),
                        hn::Min(v, hn::Set(d, one - 1)));
}

// y = sigmoid(x) of as many of n as fill whole vectors; returns their number.
// y may be x.
#if HWY_TARGET == HWY_AVX3
// Permutes look up 32 arguments in what it takes to gather 5.
inline size_t SigmoidAll(const FixedSigmoid& sigmoid, const int16_t* x,
                         size_t n, int16_t* y) {
  constexpr int kLanes = 32;
  constexpr int kVectors = FixedSigmoid::kNumVarying / kLanes;
  static_assert(kVectors == 12 && FixedSigmoid::kFractionBits == 6);
  __m512i table[kVectors];
  for (int i = 0; i < kVectors; ++i) {
    table[i] = _mm512_loadu_si512(sigmoid.table().data() + kLanes * i);
  }
  const auto look_up = [&table](__m512i i) {
    const auto in_pair = [&](int p) {
      return _mm512_permutex2var_epi16(table[2 * p], i, table[2 * p + 1]);
    };
    const __mmask32 has_64 = _mm512_test_epi16_mask(i, _mm512_set1_epi16(64));
    const __mmask32 has_128 = _mm512_test_epi16_mask(i, _mm512_set1_epi16(128));
    const __mmask32 has_256 = _mm512_test_epi16_mask(i, _mm512_set1_epi16(256));
    const __m512i a = _mm512_mask_blend_epi16(has_64, in_pair(0), in_pair(1));
    const __m512i b = _mm512_mask_blend_epi16(has_64, in_pair(2), in_pair(3));
    const __m512i c = _mm512_mask_blend_epi16(has_64, in_pair(4), in_pair(5));
    return _mm512_mask_blend_epi16(has_256,
                                   _mm512_mask_blend_epi16(has_128, a, b), c);
  };
  size_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    const __m512i argument = _mm512_loadu_si512(x + k);
    const __m512i size = _mm512_abs_epi16(argument);
    const __m512i f = _mm512_and_si512(size, _mm512_set1_epi16(63));
    const __m512i i =
        _mm512_min_epi16(_mm512_srli_epi16(size, 6),
                         _mm512_set1_epi16(FixedSigmoid::kNumVarying - 2));
    const __m512i low = look_up(i);
    const __m512i rise = _mm512_sub_epi16(
        look_up(_mm512_add_epi16(i, _mm512_set1_epi16(1))), low);
    const __m512i part = _mm512_srai_epi16(
        _mm512_add_epi16(_mm512_mullo_epi16(rise, f), _mm512_set1_epi16(32)),
        6);
    const __m512i v = _mm512_add_epi16(low, part);  // 16384..32768, unsigned
    const __m512i most = _mm512_set1_epi16(kMaxActivation);
    _mm512_storeu_si512(y + k,
                        _mm512_mask_sub_epi16(_mm512_min_epu16(v, most),
                                              _mm512_movepi16_mask(argument),
                                              _mm512_set1_epi16(INT16_MIN), v));
  }
  return k;
}
#else
inline size_t SigmoidAll(const FixedSigmoid& sigmoid, const int16_t* x,
                         size_t n, int16_t* y) {
  const D32 d;
  size_t k = 0;
  for (; k + hn::Lanes(d) <= n; k += hn::Lanes(d)) {
    StoreActivation(d, Sigmoid(sigmoid, LoadInts(x + k)), 0, y + k);
  }
  return k;
}
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tacet
HWY_AFTER_NAMESPACE();

#endif  // TACET_MODEL_KERNELS_FIXED_LANES_INL_H_
