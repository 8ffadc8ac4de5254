// SPDX-License-Identifier: Apache-2.0
// What the float kernels share, for the instruction set that Highway compiles
// for when this is included.
#include <cstddef>

#include "model/activation.h"
#include "model/s5_layer.h"

#if defined(TACET_MODEL_KERNELS_FLOAT_LANES_INL_H_) == \
    defined(HWY_TARGET_TOGGLE)
#ifdef TACET_MODEL_KERNELS_FLOAT_LANES_INL_H_
#undef TACET_MODEL_KERNELS_FLOAT_LANES_INL_H_
#else
#define TACET_MODEL_KERNELS_FLOAT_LANES_INL_H_
#endif

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace tacet {
namespace HWY_NAMESPACE {
namespace {  // NOLINT(google-build-namespaces): of each instruction set

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

inline V Load(const float* p) { return hn::LoadU(D(), p); }
inline void Store(V v, float* p) { hn::StoreU(v, D(), p); }

// As the reference, 0 for a NaN.
inline V Rectify(V x) {
  return hn::IfThenElseZero(hn::Gt(x, hn::Zero(D())), x);
}

inline void ActivateParts(StateActivation kind, V& re, V& im) {
  if (kind == StateActivation::kReluParts) {
    re = Rectify(re);
    im = Rectify(im);
  } else if (kind == StateActivation::kGateRe) {
    const V zero = hn::Zero(D());
    const auto open =
        hn::Or(hn::Gt(re, zero), hn::And(hn::Eq(re, zero), hn::Gt(im, zero)));
    re = hn::IfThenElseZero(open, re);
    im = hn::IfThenElseZero(open, im);
  }
}

// What a vector of states from p on is stepped with: s = a s + scale v, with
// the bits of StepStates of s5_layer.cc.
struct Poles {
  Poles(const S5Weights& w, size_t p)
      : a_re(Load(&w.a_re[p])),
        a_im(Load(&w.a_im[p])),
        f_re(Load(&w.scale_re[p])),
        f_im(Load(&w.scale_im[p])) {}

  void Step(V v_re, V v_im, V& s_re, V& s_im) const {
    const V as_re = hn::Sub(hn::Mul(a_re, s_re), hn::Mul(a_im, s_im));
    const V as_im = hn::Add(hn::Mul(a_re, s_im), hn::Mul(a_im, s_re));
    const V fv_re = hn::Sub(hn::Mul(f_re, v_re), hn::Mul(f_im, v_im));
    const V fv_im = hn::Add(hn::Mul(f_re, v_im), hn::Mul(f_im, v_re));
    s_re = hn::Add(as_re, fv_re);
    s_im = hn::Add(as_im, fv_im);
  }

  V a_re, a_im, f_re, f_im;
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tacet
HWY_AFTER_NAMESPACE();

#endif  // TACET_MODEL_KERNELS_FLOAT_LANES_INL_H_
