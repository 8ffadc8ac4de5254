// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TRAINING_KERNELS_SPARSE_H_
#define TACET_TRAINING_KERNELS_SPARSE_H_

// Vectors and products of training/kernels/sparse.cc. A *panel* is two steps
// of 16 examples. Packed, it has one 64-byte line a unit: lane b holds step 0
// of example b in the low half, step 1 in the high half, both as bfloat16. As
// floats it has two lines a unit. One line more than there are units keeps
// panels from falling on one another in the cache.
#include <immintrin.h>

#include <cstdint>
#include <vector>

namespace sparse {

using V = __m512;
constexpr int64_t kLanes = 16;

inline V Load(const float* p) { return _mm512_loadu_ps(p); }
inline void Store(float* p, V v) { _mm512_storeu_ps(p, v); }
inline V Set(float v) { return _mm512_set1_ps(v); }
inline V Fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
inline V Positive(V v) { return _mm512_max_ps(v, _mm512_setzero_ps()); }
inline V Where(V condition, V v) {  // v where condition > 0, else 0
  return _mm512_maskz_mov_ps(
      _mm512_cmp_ps_mask(condition, _mm512_setzero_ps(), _CMP_GT_OQ), v);
}

// Two steps of a unit as bfloat16, rounded to nearest.
inline void Pack(V first, V second, uint32_t* p) {
  const __m512i half = _mm512_set1_epi32(0x8000);
  const __m512i a =
      _mm512_srli_epi32(_mm512_add_epi32(_mm512_castps_si512(first), half), 16);
  const __m512i b =
      _mm512_and_si512(_mm512_add_epi32(_mm512_castps_si512(second), half),
                       _mm512_set1_epi32(static_cast<int>(0xffff0000u)));
  _mm512_storeu_si512(p, _mm512_or_si512(a, b));
}
inline V First(__m512i v) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(v, 16));
}
inline V Second(__m512i v) {
  return _mm512_castsi512_ps(
      _mm512_and_si512(v, _mm512_set1_epi32(static_cast<int>(0xffff0000u))));
}

// sum + first a first b + second a second b, lane by lane.
inline V Dot(V sum, __m512i a, __m512i b) {
#if defined(__AVX512BF16__)
  return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
#else
  return Fma(Second(a), Second(b), Fma(First(a), First(b), sum));
#endif
}

// exp for x <= 88: 2^n times a polynomial, relative error below 3e-7.
inline V Exp(V x) {
  x = _mm512_max_ps(_mm512_min_ps(x, Set(88.0f)), Set(-87.0f));
  const V n = _mm512_roundscale_ps(_mm512_mul_ps(x, Set(1.44269504f)), 0);
  V r = Fma(n, Set(-0.693359375f), x);
  r = Fma(n, Set(2.12194440e-4f), r);
  V y = Set(1.0f / 720);
  y = Fma(y, r, Set(1.0f / 120));
  y = Fma(y, r, Set(1.0f / 24));
  y = Fma(y, r, Set(1.0f / 6));
  y = Fma(y, r, Set(0.5f));
  y = Fma(y, r, Set(1.0f));
  y = Fma(y, r, Set(1.0f));
  return _mm512_scalef_ps(y, n);
}
inline V SigmoidOf(V x) {
  return _mm512_div_ps(
      Set(1.0f),
      _mm512_add_ps(Set(1.0f), Exp(_mm512_sub_ps(_mm512_setzero_ps(), x))));
}

// Compressed rows: row o has values[rows[o]..rows[o+1]) at columns cols[..].
struct Matrix {
  const int32_t *rows, *cols;
  const float* values;

  // Row o times packed panel x, both steps.
  inline void Row(int64_t o, const uint32_t* x, V* first, V* second) const {
    V a0 = *first, b0 = *second, a1 = _mm512_setzero_ps(), b1 = a1;
    int64_t e = rows[o];
    const int64_t end = rows[o + 1];
    for (; e + 1 < end; e += 2) {
      const __m512i v = _mm512_loadu_si512(x + cols[e] * kLanes);
      const __m512i u = _mm512_loadu_si512(x + cols[e + 1] * kLanes);
      const V w = Set(values[e]), z = Set(values[e + 1]);
      a0 = Fma(w, First(v), a0);
      b0 = Fma(w, Second(v), b0);
      a1 = Fma(z, First(u), a1);
      b1 = Fma(z, Second(u), b1);
    }
    if (e < end) {
      const __m512i v = _mm512_loadu_si512(x + cols[e] * kLanes);
      const V w = Set(values[e]);
      a0 = Fma(w, First(v), a0);
      b0 = Fma(w, Second(v), b0);
    }
    *first = _mm512_add_ps(a0, a1);
    *second = _mm512_add_ps(b0, b1);
  }
};

// Sums over examples and steps, one line a unit until the end.
class Sums {
 public:
  explicit Sums(int64_t n) : lines_(n * kLanes), n_(n) {}
  void Add(int64_t i, V v) {
    float* p = &lines_[i * kLanes];
    Store(p, _mm512_add_ps(Load(p), v));
  }
  void To(float* out) const {
    for (int64_t i = 0; i < n_; ++i)
      out[i] = _mm512_reduce_add_ps(Load(&lines_[i * kLanes]));
  }

 private:
  std::vector<float> lines_;
  int64_t n_;
};

}  // namespace sparse

#endif  // TACET_TRAINING_KERNELS_SPARSE_H_
