// SPDX-License-Identifier: Apache-2.0
// The encoder, the decoder and the gradients of frozen sparse weights, panel by
// panel (sparse.h), called from training/sparse.py; sparse_layer.cc has the
// layers. A weight that is not there costs nothing; products are of bfloat16
// activations and float weights, sums are float.
//
// Sequences follow one another: `panels` panels each, `sequences` times 16
// examples in all.
#include "sparse.h"

#if defined(__AVX512F__)

#include <cstring>
#include <vector>

namespace {

using sparse::Dot;
using sparse::First;
using sparse::kLanes;
using sparse::Load;
using sparse::Matrix;
using sparse::Pack;
using sparse::Positive;
using sparse::Second;
using sparse::Set;
using sparse::Store;
using sparse::Sums;
using sparse::V;
using sparse::Where;

}  // namespace

extern "C" {

// Rows of x [steps, 16 sequences, n] to packed panels.
void SparsePack(const float* x, int64_t panels, int64_t sequences, int64_t n,
                uint32_t* out) {
  const int64_t batch = kLanes * sequences;
  alignas(64) float line[2][kLanes];
  for (int64_t q = 0; q < sequences; ++q)
    for (int64_t t = 0; t < panels; ++t) {
      uint32_t* o = out + (q * panels + t) * (n + 1) * kLanes;
      const float* a = x + ((2 * t) * batch + q * kLanes) * n;
      const float* b = a + batch * n;
      for (int64_t i = 0; i < n; ++i) {
        for (int64_t l = 0; l < kLanes; ++l) {
          line[0][l] = a[l * n + i];
          line[1][l] = b[l * n + i];
        }
        Pack(Load(line[0]), Load(line[1]), o + i * kLanes);
      }
    }
}

// y = max(w x + bias, 0): packed, and as floats.
void SparseEncode(const int32_t* rows, const int32_t* cols, const float* values,
                  const float* bias, int64_t count, int64_t num_in,
                  int64_t num_out, const uint32_t* x, float* y, uint32_t* yp) {
  const Matrix w{rows, cols, values};
  for (int64_t p = 0; p < count; ++p) {
    const uint32_t* in = x + p * (num_in + 1) * kLanes;
    float* out = y + p * num_out * 2 * kLanes;
    uint32_t* packed = yp + p * (num_out + 1) * kLanes;
    for (int64_t o = 0; o < num_out; ++o) {
      V a = Set(bias[o]), b = a;
      w.Row(o, in, &a, &b);
      a = Positive(a);
      b = Positive(b);
      Store(out + 2 * o * kLanes, a);
      Store(out + (2 * o + 1) * kLanes, b);
      Pack(a, b, packed + o * kLanes);
    }
  }
}

// y [steps, 16 sequences, num_out] = w x (no bias).
void SparseDecode(const int32_t* rows, const int32_t* cols, const float* values,
                  int64_t panels, int64_t sequences, int64_t num_in,
                  int64_t num_out, const uint32_t* x, float* y) {
  const Matrix w{rows, cols, values};
  const int64_t batch = kLanes * sequences;
  alignas(64) float line[2][kLanes];
  for (int64_t q = 0; q < sequences; ++q)
    for (int64_t t = 0; t < panels; ++t) {
      const uint32_t* in = x + (q * panels + t) * (num_in + 1) * kLanes;
      float* a = y + ((2 * t) * batch + q * kLanes) * num_out;
      float* b = a + batch * num_out;
      for (int64_t o = 0; o < num_out; ++o) {
        V u = _mm512_setzero_ps(), v = u;
        w.Row(o, in, &u, &v);
        Store(line[0], u);
        Store(line[1], v);
        for (int64_t l = 0; l < kLanes; ++l) {
          a[l * num_out + o] = line[0][l];
          b[l * num_out + o] = line[1][l];
        }
      }
    }
}

// g = w^T gy, as floats; w given transposed.
void SparseBack(const int32_t* rows, const int32_t* cols, const float* values,
                int64_t count, int64_t num_in, int64_t num_out,
                const uint32_t* gy, float* g) {
  const Matrix w{rows, cols, values};
  for (int64_t p = 0; p < count; ++p) {
    const uint32_t* in = gy + p * (num_in + 1) * kLanes;
    float* out = g + p * num_out * 2 * kLanes;
    for (int64_t o = 0; o < num_out; ++o) {
      V a = _mm512_setzero_ps(), b = a;
      w.Row(o, in, &a, &b);
      Store(out + 2 * o * kLanes, a);
      Store(out + (2 * o + 1) * kLanes, b);
    }
  }
}

// g <- g where y > 0, packed; gb = sum of g.
void SparseReluBack(const float* g, const uint32_t* y, int64_t count, int64_t n,
                    uint32_t* gp, float* gb) {
  Sums sums(n);
  for (int64_t p = 0; p < count; ++p)
    for (int64_t i = 0; i < n; ++i) {
      const int64_t line = (p * (n + 1) + i) * kLanes;
      const __m512i v = _mm512_loadu_si512(y + line);
      const float* in = g + (p * n + i) * 2 * kLanes;
      const V a = Where(First(v), Load(in)),
              b = Where(Second(v), Load(in + kLanes));
      Pack(a, b, gp + line);
      sums.Add(i, _mm512_add_ps(a, b));
    }
  sums.To(gb);
}

// gw[e] = sum over panels of gy[row of e] x[column of e].
void SparseWeightGrad(const int32_t* rows, const int32_t* cols, int64_t count,
                      int64_t num_in, int64_t num_out, const uint32_t* x,
                      const uint32_t* gy, float* gw) {
  constexpr int64_t kGroup = 16;
  const int64_t in = (num_in + 1) * kLanes, out = (num_out + 1) * kLanes;
  std::memset(gw, 0, sizeof(float) * rows[num_out]);
  // The lines of a unit side by side: 16 far apart are 16 pages.
  std::vector<uint32_t> near(num_in * kGroup * kLanes);
  for (int64_t p0 = 0; p0 < count; p0 += kGroup) {
    const int64_t m = count - p0 < kGroup ? count - p0 : kGroup;
    for (int64_t j = 0; j < m; ++j)
      for (int64_t i = 0; i < num_in; ++i)
        _mm512_storeu_si512(&near[(i * kGroup + j) * kLanes],
                            _mm512_loadu_si512(x + (p0 + j) * in + i * kLanes));
    for (int64_t o = 0; o < num_out; ++o) {
      __m512i g[kGroup];
      for (int64_t j = 0; j < kGroup; ++j)
        g[j] = j < m ? _mm512_loadu_si512(gy + (p0 + j) * out + o * kLanes)
                     : _mm512_setzero_si512();
      for (int64_t e = rows[o]; e < rows[o + 1]; ++e) {
        const uint32_t* v = &near[cols[e] * kGroup * kLanes];
        V a = _mm512_setzero_ps(), b = a;
        if (m == kGroup) {
#pragma GCC unroll 16
          for (int64_t j = 0; j < kGroup; j += 2) {
            a = Dot(a, g[j], _mm512_loadu_si512(v + j * kLanes));
            b = Dot(b, g[j + 1], _mm512_loadu_si512(v + (j + 1) * kLanes));
          }
        } else {
          for (int64_t j = 0; j < m; ++j)
            a = Dot(a, g[j], _mm512_loadu_si512(v + j * kLanes));
        }
        gw[e] += _mm512_reduce_add_ps(_mm512_add_ps(a, b));
      }
    }
  }
}

}  // extern "C"

#endif  // defined(__AVX512F__)
