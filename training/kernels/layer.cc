// SPDX-License-Identifier: Apache-2.0
// Fused element-wise steps of the layers, called from training/fused.py.
//
// All matrices are row-major, rows = time * batch (time slowest), so that one
// pass over memory serves what PyTorch would do in five. A complex state of P
// units is a row of 2P floats: P real parts, then P imaginary parts. Compiled
// for the machine it runs on; results agree with training/model.py to float
// rounding (training/test_fused.py).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "sigmoid.h"

namespace {
// GELU, tanh approximation: x sigmoid(2 c (x + k x^3)), and its derivative.
constexpr float kGeluC = 1.5957691216f, kGeluK = 0.044715f;
inline float Gelu(float x) {
  return x * Sigmoid(kGeluC * (x + kGeluK * x * x * x));
}
inline float GeluSlope(float x) {
  const float s = Sigmoid(kGeluC * (x + kGeluK * x * x * x));
  return s + x * s * (1 - s) * kGeluC * (1 + 3 * kGeluK * x * x);
}
}  // namespace

extern "C" {

// Column sums and sums of squares of x [rows, n].
void ColumnMoments(const float* x, int64_t rows, int64_t n, float* sum,
                   float* sum2) {
  double* acc = new double[2 * n]();
  float* part = new float[2 * n];
  for (int64_t r0 = 0; r0 < rows; r0 += 256) {
    std::memset(part, 0, sizeof(float) * 2 * n);
    const int64_t r1 = std::min(rows, r0 + 256);
    for (int64_t r = r0; r < r1; ++r) {
      const float* p = x + r * n;
#pragma GCC ivdep
      for (int64_t i = 0; i < n; ++i) {
        part[i] += p[i];
        part[n + i] += p[i] * p[i];
      }
    }
#pragma GCC ivdep
    for (int64_t i = 0; i < 2 * n; ++i) acc[i] += part[i];
  }
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    sum[i] = static_cast<float>(acc[i]);
    sum2[i] = static_cast<float>(acc[n + i]);
  }
  delete[] acc;
  delete[] part;
}

// s_t = a s_{t-1} + f (bu_t + c), r = state activation of s.
//   bu, s, r [steps, batch, 2P]   a, f, c [2P]   gate 2: none, 1: gate_re, 0:
//   relu_parts
void ScanForward(const float* bu, const float* a, const float* f,
                 const float* c, int64_t steps, int64_t batch, int64_t p,
                 int gate, float* s, float* r) {
  const float *ar = a, *ai = a + p, *fr = f, *fi = f + p;
  for (int64_t b = 0; b < batch; ++b) {
    float* zero = new float[2 * p]();
    const float* prev = zero;
    for (int64_t t = 0; t < steps; ++t) {
      const int64_t at = (t * batch + b) * 2 * p;
      const float* u = bu + at;
      float* so = s + at;
      float* ro = r + at;
#pragma GCC ivdep
      for (int64_t i = 0; i < p; ++i) {
        const float ur = u[i] + c[i], ui = u[p + i] + c[p + i];
        const float xr =
            fr[i] * ur - fi[i] * ui + ar[i] * prev[i] - ai[i] * prev[p + i];
        const float xi =
            fr[i] * ui + fi[i] * ur + ar[i] * prev[p + i] + ai[i] * prev[i];
        so[i] = xr;
        so[p + i] = xi;
        ro[i] = gate == 2 || xr > 0 ? xr : 0.0f;
        ro[p + i] = gate == 2 || (gate == 1 ? xr > 0 : xi > 0) ? xi : 0.0f;
      }
      prev = so;
    }
    delete[] zero;
  }
}

// Adjoint of ScanForward. gr [steps, batch, 2P] is dL/dr on entry and becomes
// dL/dbu. ga, gf, gc [2P] are added to.
void ScanBackward(const float* bu, const float* s, const float* a,
                  const float* f, const float* c, int64_t steps, int64_t batch,
                  int64_t p, int gate, float* gr, float* ga, float* gf,
                  float* gc) {
  const float *ar = a, *ai = a + p, *fr = f, *fi = f + p;
  float* g = new float[2 * p];
  float* zero = new float[2 * p]();
  for (int64_t b = 0; b < batch; ++b) {
    std::memset(g, 0, sizeof(float) * 2 * p);
    for (int64_t t = steps - 1; t >= 0; --t) {
      const int64_t at = (t * batch + b) * 2 * p;
      const float* st = s + at;
      const float* sp = t > 0 ? s + at - batch * 2 * p : zero;
      const float* u = bu + at;
      float* go = gr + at;
#pragma GCC ivdep
      for (int64_t i = 0; i < p; ++i) {
        const float xr = st[i], xi = st[p + i];
        const float pr = gate == 2 || xr > 0 ? go[i] : 0.0f;
        const float pi =
            gate == 2 || (gate == 1 ? xr > 0 : xi > 0) ? go[p + i] : 0.0f;
        // g holds dL/ds_{t+1}; conj(a) carries it one step back.
        const float hr = pr + ar[i] * g[i] + ai[i] * g[p + i];
        const float hi = pi + ar[i] * g[p + i] - ai[i] * g[i];
        ga[i] += hr * sp[i] + hi * sp[p + i];
        ga[p + i] += hi * sp[i] - hr * sp[p + i];
        const float ur = u[i] + c[i], ui = u[p + i] + c[p + i];
        gf[i] += hr * ur + hi * ui;
        gf[p + i] += hi * ur - hr * ui;
        const float br = fr[i] * hr + fi[i] * hi;
        const float bi = fr[i] * hi - fi[i] * hr;
        gc[i] += br;
        gc[p + i] += bi;
        go[i] = br;
        go[p + i] = bi;
        g[i] = hr;
        g[p + i] = hi;
      }
    }
  }
  delete[] g;
  delete[] zero;
}

// pre = y + d x + e; y = act(pre).   y, pre, x [rows, n]   d, e [n]
// act: relu where `relu` (pre is not written), else GELU.
void SkipForward(float* y, const float* x, const float* d, const float* e,
                 int64_t rows, int64_t n, int relu, float* pre) {
  for (int64_t r = 0; r < rows; ++r) {
    float* py = y + r * n;
    const float* px = x + r * n;
    if (relu) {
#pragma GCC ivdep
      for (int64_t i = 0; i < n; ++i) {
        const float v = py[i] + d[i] * px[i] + e[i];
        py[i] = v > 0 ? v : 0.0f;
      }
    } else {
      float* pp = pre + r * n;
#pragma GCC ivdep
      for (int64_t i = 0; i < n; ++i) {
        const float v = py[i] + d[i] * px[i] + e[i];
        pp[i] = v;
        py[i] = Gelu(v);
      }
    }
  }
}

// gy <- gy act'(pre); gx += gy d; gd += sum gy x; ge += sum gy. With relu,
// `pre` may be y: only its sign counts.
void SkipBackward(float* gy, const float* pre, const float* x, const float* d,
                  int64_t rows, int64_t n, int relu, float* gx, float* gd,
                  float* ge) {
  for (int64_t r = 0; r < rows; ++r) {
    float* pg = gy + r * n;
    const float *pp = pre + r * n, *px = x + r * n;
    float* po = gx + r * n;
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) {
      const float v =
          relu ? (pp[i] > 0 ? pg[i] : 0.0f) : pg[i] * GeluSlope(pp[i]);
      pg[i] = v;
      po[i] += v * d[i];
      gd[i] += v * px[i];
      ge[i] += v;
    }
  }
}

// q <- sigmoid(q + b); out = act0(y q + x).   all [rows, n], b [n]
// act0: max(., 0) where `relu`, else the identity.
void GateForward(float* q, const float* b, const float* y, const float* x,
                 int64_t rows, int64_t n, int relu, float* out) {
  const float least = relu ? 0.0f : -3e38f;
  for (int64_t r = 0; r < rows; ++r) {
    float* pq = q + r * n;
    const float *py = y + r * n, *px = x + r * n;
    float* po = out + r * n;
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) {
      const float g = Sigmoid(pq[i] + b[i]);
      pq[i] = g;
      po[i] = std::max(py[i] * g + px[i], least);
    }
  }
}

// gx = gout act0'(out); gy = gx q; gq = gx y q (1 - q); gb += sum gq.
void GateBackward(const float* gout, const float* out, const float* q,
                  const float* y, int64_t rows, int64_t n, int relu, float* gx,
                  float* gy, float* gq, float* gb) {
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t at = r * n;
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) {
      const float v = !relu || out[at + i] > 0 ? gout[at + i] : 0.0f;
      const float s = q[at + i];
      gx[at + i] = v;
      gy[at + i] = v * s;
      const float w = v * y[at + i] * s * (1 - s);
      gq[at + i] = w;
      gb[i] += w;
    }
  }
}

// y = act0(y + b) in place; and its adjoint: g <- g act0'(y), gb += sum g.
void BiasForward(float* y, const float* b, int64_t rows, int64_t n, int relu) {
  const float least = relu ? 0.0f : -3e38f;
  for (int64_t r = 0; r < rows; ++r)
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) {
      y[r * n + i] = std::max(y[r * n + i] + b[i], least);
    }
}
void BiasBackward(float* g, const float* y, int64_t rows, int64_t n, int relu,
                  float* gb) {
  for (int64_t r = 0; r < rows; ++r)
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) {
      const float v = !relu || y[r * n + i] > 0 ? g[r * n + i] : 0.0f;
      g[r * n + i] = v;
      gb[i] += v;
    }
}

// x += u + v y for per-column u, v.
void AddAffine(float* x, const float* y, const float* u, const float* v,
               int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r)
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) x[r * n + i] += u[i] + v[i] * y[r * n + i];
}

}  // extern "C"
