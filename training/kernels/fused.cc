// SPDX-License-Identifier: Apache-2.0
// Fused element-wise steps of the trainer, called from training/fused.py.
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

namespace {
// Clamped: with -ffast-math a division by infinity need not be 0.
inline float Sigmoid(float x) {
  return 1.0f / (1.0f + std::exp(-std::max(x, -80.0f)));
}

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
//   bu, s, r [steps, batch, 2P]   a, f, c [2P]   gate 2: none, 1: gate_re, 0: relu_parts
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
        const float xr = fr[i] * ur - fi[i] * ui + ar[i] * prev[i] -
                         ai[i] * prev[p + i];
        const float xi = fr[i] * ui + fi[i] * ur + ar[i] * prev[p + i] +
                         ai[i] * prev[i];
        so[i] = xr;
        so[p + i] = xi;
        ro[i] = gate == 2 || xr > 0 ? xr : 0.0f;
        ro[p + i] =
            gate == 2 || (gate == 1 ? xr > 0 : xi > 0) ? xi : 0.0f;
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
    for (int64_t i = 0; i < n; ++i)
      x[r * n + i] += u[i] + v[i] * y[r * n + i];
}

// Sigmoid mask with the compressed spectral loss, value and gradient in one
// pass. For row r (one frame of example r % batch) and bin k, with
//   m = sigmoid(o + bias), a = m^p cx, b = cs, e = a - b:
//   loss += w_r [ wm (e^2 + wl max(-e, 0)^2) + wc (a^2 + b^2 - 2 a b cosd) ]
// o [rows, n] becomes m; grad [rows, n] receives dL/do of this loss.
double MaskLoss(float* o, const float* bias, const float* cx, const float* cs,
                const float* cosd, const float* weight, int64_t rows,
                int64_t n, int64_t batch, float p, float wm, float wl,
                float wc, float* grad) {
  double total = 0;
  for (int64_t r = 0; r < rows; ++r) {
    const float w = weight[r % batch];
    const int64_t at = r * n;
    float sum = 0;
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) {
      const float z = o[at + i] + bias[i];
      // m = 1 / (1 + e^-z), m^p = (1 + e^-z)^-p
      const float q = 1.0f + std::exp(-std::max(z, -30.0f));
      const float m = 1.0f / q;
      const float a = std::exp(-p * std::log(q)) * cx[at + i];
      const float b = cs[at + i];
      const float e = a - b;
      const float lost = std::min(e, 0.0f);
      const float c = b * cosd[at + i];
      sum += wm * (e * e + wl * lost * lost) +
             wc * (a * a + b * b - 2 * a * c);
      const float ga = 2 * (wm * (e + wl * lost) + wc * (a - c));
      o[at + i] = m;
      grad[at + i] = w * ga * p * a * (1 - m);
    }
    total += static_cast<double>(w) * sum;
  }
  return total;
}

// grad += g m (1 - m); gb += sum of grad over rows.
void MaskBackward(float* grad, const float* g, const float* m, int64_t rows,
                  int64_t n, float* gb) {
  for (int64_t r = 0; r < rows; ++r)
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) {
      const int64_t at = r * n + i;
      grad[at] += g[at] * m[at] * (1 - m[at]);
      gb[i] += grad[at];
    }
}

// The same for the complex mask m u / |u|, u = (1 + o_re) + j o_im, of rows
// o [rows, 3n]: magnitude logits, o_re, o_im. sind = sin(arg x - arg s).
//   mask  [rows, n] complex (interleaved)   grad [rows, 3n] of this loss
double ComplexMaskLoss(const float* o, const float* bias, const float* cx,
                       const float* cs, const float* cosd, const float* sind,
                       const float* weight, int64_t rows, int64_t n,
                       int64_t batch, float p, float wm, float wl, float wc,
                       float* mask, float* grad) {
  double total = 0;
  for (int64_t r = 0; r < rows; ++r) {
    const float w = weight[r % batch];
    const int64_t at = r * n;
    const float* q = o + 3 * at;
    float* g = grad + 3 * at;
    float sum = 0;
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) {
      const float e1 = 1.0f + std::exp(-std::max(q[i] + bias[i], -30.0f));
      const float m = 1.0f / e1;
      const float a = std::exp(-p * std::log(e1)) * cx[at + i];
      const float b = cs[at + i];
      const float ur = 1 + q[n + i] + bias[n + i];
      const float ui = q[2 * n + i] + bias[2 * n + i];
      const float size2 = ur * ur + ui * ui + 1e-12f;
      const float inv = 1.0f / std::sqrt(size2);
      const float c = ur * inv, s = ui * inv;
      const float cd = cosd[at + i] * c - sind[at + i] * s;
      const float sd = sind[at + i] * c + cosd[at + i] * s;
      const float e = a - b;
      const float lost = std::min(e, 0.0f);
      sum += wm * (e * e + wl * lost * lost) +
             wc * (a * a + b * b - 2 * a * b * cd);
      const float ga = 2 * (wm * (e + wl * lost) + wc * (a - b * cd));
      const float gphi = w * 2 * wc * a * b * sd;
      mask[2 * (at + i)] = m * c;
      mask[2 * (at + i) + 1] = m * s;
      g[i] = w * ga * p * a * (1 - m);
      g[n + i] = -gphi * ui / size2;
      g[2 * n + i] = gphi * ur / size2;
    }
    total += static_cast<double>(w) * sum;
  }
  return total;
}

// grad += the gradient z [rows, n] (complex) of the masked spectrum m x taken
// back to o; gb [3n] += sum of grad over rows.
void ComplexMaskBackward(float* grad, const float* z, const float* x,
                         const float* mask, const float* o, const float* bias,
                         int64_t rows, int64_t n, float* gb) {
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t at = r * n;
    const float* q = o + 3 * at;
    float* g = grad + 3 * at;
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) {
      const float mr = mask[2 * (at + i)], mi = mask[2 * (at + i) + 1];
      const float xr = x[2 * (at + i)], xi = x[2 * (at + i) + 1];
      const float zr = z[2 * (at + i)], zi = z[2 * (at + i) + 1];
      const float yr = mr * xr - mi * xi, yi = mr * xi + mi * xr;
      // d y / d ln m = y, d y / d phi = j y; d ln m / d o = 1 - m
      const float gm = yr * zr + yi * zi;
      const float gphi = yr * zi - yi * zr;
      const float ur = 1 + q[n + i] + bias[n + i];
      const float ui = q[2 * n + i] + bias[2 * n + i];
      const float size2 = ur * ur + ui * ui + 1e-12f;
      const float m = std::sqrt(mr * mr + mi * mi);
      g[i] += gm * (1 - m);
      g[n + i] -= gphi * ui / size2;
      g[2 * n + i] += gphi * ur / size2;
      gb[i] += g[i];
      gb[n + i] += g[n + i];
      gb[2 * n + i] += g[2 * n + i];
    }
  }
}

// z = m x, all complex.
void ComplexMaskApply(const float* m, const float* x, int64_t count,
                      float* z) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float mr = m[2 * i], mi = m[2 * i + 1];
    const float xr = x[2 * i], xi = x[2 * i + 1];
    z[2 * i] = mr * xr - mi * xi;
    z[2 * i + 1] = mr * xi + mi * xr;
  }
}

// z = m x for complex x (interleaved), and g = Re(conj(x) z).
void MaskApply(const float* m, const float* x, int64_t count, float* z) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    z[2 * i] = m[i] * x[2 * i];
    z[2 * i + 1] = m[i] * x[2 * i + 1];
  }
}
void MaskAdjoint(const float* x, const float* z, int64_t count, float* g) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i)
    g[i] = x[2 * i] * z[2 * i] + x[2 * i + 1] * z[2 * i + 1];
}

// Compressed magnitudes and phase difference of two complex spectra:
// cx = |x|^p, cs = |s|^p, d = arg x - arg s: cosd, sind.
void Compress(const float* x, const float* s, int64_t count, float p, float* cx,
              float* cs, float* cosd, float* sind) {
  const float h = 0.5f * p;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    const float xr = x[2 * i], xi = x[2 * i + 1];
    const float sr = s[2 * i], si = s[2 * i + 1];
    const float px = xr * xr + xi * xi + 1e-18f, ps = sr * sr + si * si + 1e-18f;
    cx[i] = std::exp(h * std::log(px));
    cs[i] = std::exp(h * std::log(ps));
    const float inv = 1.0f / std::sqrt(px * ps);
    cosd[i] = (xr * sr + xi * si) * inv;
    sind[i] = (xi * sr - xr * si) * inv;
  }
}

// Overlap-add of frames [steps, batch, n] at hop into y [batch, length],
// length = (steps - 1) hop + n; and its adjoint with the same window w.
void OverlapAdd(const float* frames, const float* w, int64_t steps,
                int64_t batch, int64_t n, int64_t hop, float* y) {
  const int64_t length = (steps - 1) * hop + n;
  std::memset(y, 0, sizeof(float) * batch * length);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t t = 0; t < steps; ++t) {
      const float* f = frames + (t * batch + b) * n;
      float* o = y + b * length + t * hop;
#pragma GCC ivdep
      for (int64_t i = 0; i < n; ++i) o[i] += w[i] * f[i];
    }
}
void Frame(const float* y, const float* w, int64_t steps, int64_t batch,
           int64_t n, int64_t hop, float* frames) {
  const int64_t length = (steps - 1) * hop + n;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t t = 0; t < steps; ++t) {
      float* f = frames + (t * batch + b) * n;
      const float* o = y + b * length + t * hop;
#pragma GCC ivdep
      for (int64_t i = 0; i < n; ++i) f[i] = w[i] * o[i];
    }
}

}  // extern "C"
