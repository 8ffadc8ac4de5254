// SPDX-License-Identifier: Apache-2.0
// A layer with frozen sparse weights, forward and backward: rules as in
// sparse.cc.
#include "sparse.h"

#if defined(__AVX512F__)

#include <cstring>
#include <vector>

namespace {

using sparse::First;
using sparse::Fma;
using sparse::kLanes;
using sparse::Load;
using sparse::Matrix;
using sparse::Pack;
using sparse::Positive;
using sparse::Second;
using sparse::Set;
using sparse::SigmoidOf;
using sparse::Store;
using sparse::Sums;
using sparse::V;
using sparse::Where;

}  // namespace

extern "C" {

// One layer. b [2S, H], c [H, 2S], gate [H, H] compressed. x [panels, H, 2, 16]
// floats become the output; xp is the packed input, the rest is written:
//   s [panels, S, 4, 16] states: re and im of the first, of the second step
//   rp [2S] activations of the state, yp [H], qp [H] gate, op [H] output
void SparseLayer(const int32_t* b_rows, const int32_t* b_cols,
                 const float* b_values, const int32_t* c_rows,
                 const int32_t* c_cols, const float* c_values,
                 const int32_t* g_rows, const int32_t* g_cols,
                 const float* g_values, const float* a, const float* f,
                 const float* cb, const float* d, const float* e,
                 const float* gate_b, int64_t panels, int64_t sequences,
                 int64_t num_hidden, int64_t num_states, const uint32_t* xp,
                 float* x, float* s, uint32_t* rp, uint32_t* yp, uint32_t* qp,
                 uint32_t* op) {
  const Matrix b{b_rows, b_cols, b_values}, c{c_rows, c_cols, c_values},
      gate{g_rows, g_cols, g_values};
  const int64_t h = num_hidden, n = num_states, hl = (h + 1) * kLanes;
  std::vector<float> state(2 * n * kLanes), y(2 * h * kLanes);
  for (int64_t p = 0; p < panels * sequences; ++p) {
    if (p % panels == 0) std::memset(state.data(), 0, 4 * state.size());
    const uint32_t* in = xp + p * hl;
    float* px = x + p * h * 2 * kLanes;
    uint32_t* pr = rp + p * (2 * n + 1) * kLanes;
    for (int64_t i = 0; i < n; ++i) {
      V u0 = Set(cb[i]), u1 = u0, w0 = Set(cb[n + i]), w1 = w0;
      b.Row(i, in, &u0, &u1);
      b.Row(n + i, in, &w0, &w1);
      const V ar = Set(a[i]), ai = Set(a[n + i]), fr = Set(f[i]),
              fi = Set(f[n + i]);
      V sr = Load(&state[2 * i * kLanes]),
        si = Load(&state[(2 * i + 1) * kLanes]);
      V tr = Fma(ar, sr, _mm512_fnmadd_ps(ai, si, _mm512_mul_ps(fr, u0)));
      tr = _mm512_fnmadd_ps(fi, w0, tr);
      V ti = Fma(ar, si, Fma(ai, sr, _mm512_mul_ps(fr, w0)));
      ti = Fma(fi, u0, ti);
      sr = Fma(ar, tr, _mm512_fnmadd_ps(ai, ti, _mm512_mul_ps(fr, u1)));
      sr = _mm512_fnmadd_ps(fi, w1, sr);
      si = Fma(ar, ti, Fma(ai, tr, _mm512_mul_ps(fr, w1)));
      si = Fma(fi, u1, si);
      Store(&state[2 * i * kLanes], sr);
      Store(&state[(2 * i + 1) * kLanes], si);
      float* ps = s + (p * n + i) * 4 * kLanes;
      Store(ps, tr);
      Store(ps + kLanes, ti);
      Store(ps + 2 * kLanes, sr);
      Store(ps + 3 * kLanes, si);
      Pack(Positive(tr), Positive(sr), pr + i * kLanes);
      Pack(Positive(ti), Positive(si), pr + (n + i) * kLanes);
    }
    uint32_t* py = yp + p * hl;
    for (int64_t o = 0; o < h; ++o) {
      const V dv = Set(d[o]);
      V u = Fma(dv, Load(px + 2 * o * kLanes), Set(e[o]));
      V v = Fma(dv, Load(px + (2 * o + 1) * kLanes), Set(e[o]));
      c.Row(o, pr, &u, &v);
      u = Positive(u);
      v = Positive(v);
      Store(&y[2 * o * kLanes], u);
      Store(&y[(2 * o + 1) * kLanes], v);
      Pack(u, v, py + o * kLanes);
    }
    for (int64_t o = 0; o < h; ++o) {
      V u = Set(gate_b[o]), v = u;
      gate.Row(o, py, &u, &v);
      u = SigmoidOf(u);
      v = SigmoidOf(v);
      Pack(u, v, qp + p * hl + o * kLanes);
      float* to = px + 2 * o * kLanes;
      u = Positive(Fma(u, Load(&y[2 * o * kLanes]), Load(to)));
      v = Positive(Fma(v, Load(&y[(2 * o + 1) * kLanes]), Load(to + kLanes)));
      Store(to, u);
      Store(to + kLanes, v);
      Pack(u, v, op + p * hl + o * kLanes);
    }
  }
}

// Its adjoint, last panel first. Matrices are transposed: bt [H, 2S],
// ct [2S, H], gatet [H, H]. g [panels, H, 2, 16]: dL/d output on entry, dL/d
// input in the end. Writes the packed gradients that SparseWeightGrad takes
// (gq of the gate's, gy of c's, gu of b's rows) and the sums
//   ga, gf, gcb [2S]   gd, ge, ggb [H]
void SparseLayerBack(const int32_t* b_rows, const int32_t* b_cols,
                     const float* b_values, const int32_t* c_rows,
                     const int32_t* c_cols, const float* c_values,
                     const int32_t* g_rows, const int32_t* g_cols,
                     const float* g_values, const float* a, const float* f,
                     const float* d, int64_t panels, int64_t sequences,
                     int64_t num_hidden, int64_t num_states, const uint32_t* xp,
                     const float* s, const uint32_t* yp, const uint32_t* qp,
                     const uint32_t* op, float* g, uint32_t* gq, uint32_t* gy,
                     uint32_t* gu, float* ga, float* gf, float* gcb, float* gd,
                     float* ge, float* ggb) {
  const Matrix bt{b_rows, b_cols, b_values}, ct{c_rows, c_cols, c_values},
      gatet{g_rows, g_cols, g_values};
  const int64_t h = num_hidden, n = num_states, hl = (h + 1) * kLanes;
  std::vector<float> carried(2 * n * kLanes), y(2 * h * kLanes);
  Sums sum_a(2 * n), sum_z(2 * n), sum_c(2 * n), sum_d(h), sum_e(h), sum_g(h);
  const V zero = _mm512_setzero_ps(), one = Set(1.0f);
  for (int64_t p = panels * sequences - 1; p >= 0; --p) {
    if (p % panels == panels - 1)
      std::memset(carried.data(), 0, 4 * carried.size());
    float* pg = g + p * h * 2 * kLanes;
    uint32_t *pq = gq + p * hl, *py = gy + p * hl,
             *pu = gu + p * (2 * n + 1) * kLanes;
    for (int64_t o = 0; o < h; ++o) {
      const int64_t line = p * hl + o * kLanes;
      const __m512i ov = _mm512_loadu_si512(op + line),
                    qv = _mm512_loadu_si512(qp + line),
                    yv = _mm512_loadu_si512(yp + line);
      float* to = pg + 2 * o * kLanes;
      const V g0 = Where(First(ov), Load(to)),
              g1 = Where(Second(ov), Load(to + kLanes));
      const V q0 = First(qv), q1 = Second(qv);
      const V y0 = _mm512_mul_ps(g0, q0), y1 = _mm512_mul_ps(g1, q1);
      const V w0 =
          _mm512_mul_ps(_mm512_mul_ps(y0, First(yv)), _mm512_sub_ps(one, q0));
      const V w1 =
          _mm512_mul_ps(_mm512_mul_ps(y1, Second(yv)), _mm512_sub_ps(one, q1));
      Store(to, g0);
      Store(to + kLanes, g1);
      Store(&y[2 * o * kLanes], y0);
      Store(&y[(2 * o + 1) * kLanes], y1);
      sum_g.Add(o, _mm512_add_ps(w0, w1));
      Pack(w0, w1, pq + o * kLanes);
    }
    for (int64_t o = 0; o < h; ++o) {
      const int64_t line = p * hl + o * kLanes;
      const __m512i yv = _mm512_loadu_si512(yp + line),
                    xv = _mm512_loadu_si512(xp + line);
      V u = Load(&y[2 * o * kLanes]), v = Load(&y[(2 * o + 1) * kLanes]);
      gatet.Row(o, pq, &u, &v);
      u = Where(First(yv), u);
      v = Where(Second(yv), v);
      float* to = pg + 2 * o * kLanes;
      Store(to, Fma(u, Set(d[o]), Load(to)));
      Store(to + kLanes, Fma(v, Set(d[o]), Load(to + kLanes)));
      sum_d.Add(o, Fma(u, First(xv), _mm512_mul_ps(v, Second(xv))));
      sum_e.Add(o, _mm512_add_ps(u, v));
      Pack(u, v, py + o * kLanes);
    }
    const bool start = p % panels == 0;
    for (int64_t i = 0; i < n; ++i) {
      V r0 = zero, r1 = zero, m0 = zero, m1 = zero;  // re and im of dL/dr
      ct.Row(i, py, &r0, &r1);
      ct.Row(n + i, py, &m0, &m1);
      const V ar = Set(a[i]), ai = Set(a[n + i]), fr = Set(f[i]),
              fi = Set(f[n + i]);
      const float* ps = s + (p * n + i) * 4 * kLanes;
      const float* before = ps - n * 4 * kLanes;
      const V s0r = Load(ps), s0i = Load(ps + kLanes),
              s1r = Load(ps + 2 * kLanes), s1i = Load(ps + 3 * kLanes);
      const V sbr = start ? zero : Load(before + 2 * kLanes),
              sbi = start ? zero : Load(before + 3 * kLanes);
      V kr = Load(&carried[2 * i * kLanes]),
        ki = Load(&carried[(2 * i + 1) * kLanes]);
      // h_t = dL/dr_t where the state is > 0, + conj(a) h_{t+1}
      const V h1r = Fma(ar, kr, Fma(ai, ki, Where(s1r, r1)));
      const V h1i = Fma(ar, ki, _mm512_fnmadd_ps(ai, kr, Where(s1i, m1)));
      const V h0r = Fma(ar, h1r, Fma(ai, h1i, Where(s0r, r0)));
      const V h0i = Fma(ar, h1i, _mm512_fnmadd_ps(ai, h1r, Where(s0i, m0)));
      Store(&carried[2 * i * kLanes], h0r);
      Store(&carried[(2 * i + 1) * kLanes], h0i);
      // h conj(s_{t-1})
      V v = _mm512_mul_ps(h1r, s0r);
      v = Fma(h1i, s0i, v);
      v = Fma(h0r, sbr, v);
      sum_a.Add(i, Fma(h0i, sbi, v));
      v = _mm512_mul_ps(h1i, s0r);
      v = _mm512_fnmadd_ps(h1r, s0i, v);
      v = Fma(h0i, sbr, v);
      sum_a.Add(n + i, _mm512_fnmadd_ps(h0r, sbi, v));
      // h conj(z), z = s_t - a s_{t-1} = f (u + c)
      const V z1r = Fma(ai, s0i, _mm512_fnmadd_ps(ar, s0r, s1r));
      const V z1i = _mm512_fnmadd_ps(ai, s0r, _mm512_fnmadd_ps(ar, s0i, s1i));
      const V z0r = Fma(ai, sbi, _mm512_fnmadd_ps(ar, sbr, s0r));
      const V z0i = _mm512_fnmadd_ps(ai, sbr, _mm512_fnmadd_ps(ar, sbi, s0i));
      v = _mm512_mul_ps(h1r, z1r);
      v = Fma(h1i, z1i, v);
      v = Fma(h0r, z0r, v);
      sum_z.Add(i, Fma(h0i, z0i, v));
      v = _mm512_mul_ps(h1i, z1r);
      v = _mm512_fnmadd_ps(h1r, z1i, v);
      v = Fma(h0i, z0r, v);
      sum_z.Add(n + i, _mm512_fnmadd_ps(h0r, z0i, v));
      // conj(f) h
      const V b0r = Fma(fr, h0r, _mm512_mul_ps(fi, h0i)),
              b1r = Fma(fr, h1r, _mm512_mul_ps(fi, h1i)),
              b0i = _mm512_fnmadd_ps(fi, h0r, _mm512_mul_ps(fr, h0i)),
              b1i = _mm512_fnmadd_ps(fi, h1r, _mm512_mul_ps(fr, h1i));
      sum_c.Add(i, _mm512_add_ps(b0r, b1r));
      sum_c.Add(n + i, _mm512_add_ps(b0i, b1i));
      Pack(b0r, b1r, pu + i * kLanes);
      Pack(b0i, b1i, pu + (n + i) * kLanes);
    }
    for (int64_t o = 0; o < h; ++o) {
      float* to = pg + 2 * o * kLanes;
      V u = Load(to), v = Load(to + kLanes);
      bt.Row(o, pu, &u, &v);
      Store(to, u);
      Store(to + kLanes, v);
    }
  }
  sum_a.To(ga);
  sum_c.To(gcb);
  sum_d.To(gd);
  sum_e.To(ge);
  sum_g.To(ggb);
  sum_z.To(gf);
  for (int64_t i = 0; i < n; ++i) {  // gf = sum h conj(z) / conj(f)
    const float zr = gf[i], zi = gf[n + i], fr = f[i], fi = f[n + i];
    const float inv = 1.0f / (fr * fr + fi * fi);
    gf[i] = (zr * fr - zi * fi) * inv;
    gf[n + i] = (zi * fr + zr * fi) * inv;
  }
}

}  // extern "C"

#endif  // defined(__AVX512F__)
