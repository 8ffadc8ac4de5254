// SPDX-License-Identifier: Apache-2.0
// Fused steps of the masks and the loss, called from training/fused.py; layout
// and rules as in layer.cc.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "sigmoid.h"

extern "C" {

// Sigmoid mask with the compressed spectral loss, value and gradient in one
// pass. For row r (one frame of example r % batch) and bin k, with
//   m = sigmoid(o + bias), a = m^p cx, b = cs, e = a - b:
//   loss += w_r [ wm (e^2 + wl max(-e, 0)^2) + wc (a^2 + b^2 - 2 a b cosd) ]
// o [rows, n] becomes m; grad [rows, n] receives dL/do of this loss.
double MaskLoss(float* o, const float* bias, const float* cx, const float* cs,
                const float* cosd, const float* weight, int64_t rows, int64_t n,
                int64_t batch, float p, float wm, float wl, float wc,
                float* grad) {
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
      sum += wm * (e * e + wl * lost * lost) + wc * (a * a + b * b - 2 * a * c);
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
// back to o, with lm [rows, n] (may be null), another gradient of ln |m|; gb
// [3n] += sum of grad over rows.
void ComplexMaskBackward(float* grad, const float* z, const float* x,
                         const float* mask, const float* o, const float* bias,
                         const float* lm, int64_t rows, int64_t n, float* gb) {
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
      const float gm = yr * zr + yi * zi + (lm == nullptr ? 0 : lm[at + i]);
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

// Energy of m x in bands of neighbouring bins: e[r, b] = sum over edges[b] <= k
// < edges[b + 1] of m^2 |x|^2; m may be null for 1.   e [rows, bands]
void BandEnergy(const float* m, const float* x, const int32_t* edges,
                int64_t rows, int64_t n, int64_t bands, float* e) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t b = 0; b < bands; ++b) {
      float sum = 0;
      for (int64_t k = r * n + edges[b]; k < r * n + edges[b + 1]; ++k) {
        const float p = x[2 * k] * x[2 * k] + x[2 * k + 1] * x[2 * k + 1];
        sum += m == nullptr ? p : m[k] * m[k] * p;
      }
      e[r * bands + b] = sum;
    }
}

// Its adjoint: gm += ge 2 m |x|^2; with m null for 1, and the masked spectrum
// for x, the gradient of ln m.
void BandEnergyBack(const float* ge, const float* m, const float* x,
                    const int32_t* edges, int64_t rows, int64_t n,
                    int64_t bands, float* gm) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t b = 0; b < bands; ++b) {
      const float g = 2 * ge[r * bands + b];
      for (int64_t k = r * n + edges[b]; k < r * n + edges[b + 1]; ++k)
        gm[k] += g * (m == nullptr ? 1 : m[k]) *
                 (x[2 * k] * x[2 * k] + x[2 * k + 1] * x[2 * k + 1]);
    }
}

// z = m x, all complex.
void ComplexMaskApply(const float* m, const float* x, int64_t count, float* z) {
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
    const float px = xr * xr + xi * xi + 1e-18f,
                ps = sr * sr + si * si + 1e-18f;
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
