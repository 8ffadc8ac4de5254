// SPDX-License-Identifier: Apache-2.0
// What the integer kernels share, for the instruction set that Highway compiles
// for when this is included.
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

// FixedSigmoid
inline hn::Vec<D32> Sigmoid(const FixedSigmoid& sigmoid, hn::Vec<D32> x) {
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

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tacet
HWY_AFTER_NAMESPACE();

#endif  // TACET_MODEL_KERNELS_FIXED_LANES_INL_H_
