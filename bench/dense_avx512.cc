// SPDX-License-Identifier: Apache-2.0
#include "bench/dense_avx512.h"

#include <immintrin.h>

#include <cstddef>
#include <cstring>

#define TACET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vnni")))

namespace tacet {
namespace {

constexpr int kPanel = 64;  // rows

}  // namespace

DenseBytes::DenseBytes(std::span<const int8_t> weights, int num_rows,
                       int num_columns)
    : num_rows_(num_rows),
      num_columns_(num_columns),
      weights_(weights.size()),
      correction_(num_rows),
      low_(num_columns),
      high_(num_columns) {
  size_t at = 0;
  for (int panel = 0; panel < num_rows; panel += kPanel) {
    for (int c = 0; c < num_columns; c += 4) {
      for (int r = panel; r < panel + kPanel; ++r) {
        for (int i = 0; i < 4; ++i) {
          const int8_t w = weights[size_t(r) * num_columns + c + i];
          weights_.data()[at++] = w;
          correction_[r] -= 128 * 256 * w;
        }
      }
    }
  }
}

TACET_AVX512 void DenseBytes::MultiplyAdd(std::span<const int16_t> x,
                                          std::span<int32_t> acc) {
  for (int c = 0; c < num_columns_; ++c) {
    low_[c] = static_cast<uint8_t>(x[c]);
    high_[c] = static_cast<uint8_t>((x[c] >> 8) + 128);
  }
  const int8_t* w = weights_.data();
  for (int first = 0; first < num_rows_; first += kPanel) {
    __m512i low[4], high[4];
    for (int i = 0; i < 4; ++i) {
      low[i] = _mm512_loadu_si512(correction_.data() + first + 16 * i);
      high[i] = _mm512_setzero_si512();
    }
    for (int c = 0; c < num_columns_; c += 4) {
      int32_t low4, high4;
      std::memcpy(&low4, low_.data() + c, 4);
      std::memcpy(&high4, high_.data() + c, 4);
      const __m512i x_low = _mm512_set1_epi32(low4);
      const __m512i x_high = _mm512_set1_epi32(high4);
      for (int i = 0; i < 4; ++i, w += 64) {
        const __m512i weights = _mm512_loadu_si512(w);
        low[i] = _mm512_dpbusd_epi32(low[i], x_low, weights);
        high[i] = _mm512_dpbusd_epi32(high[i], x_high, weights);
      }
    }
    for (int i = 0; i < 4; ++i) {
      int32_t* to = acc.data() + first + 16 * i;
      const __m512i sum =
          _mm512_add_epi32(low[i], _mm512_slli_epi32(high[i], 8));
      _mm512_storeu_si512(to, _mm512_add_epi32(_mm512_loadu_si512(to), sum));
    }
  }
}

DenseFloats::DenseFloats(std::span<const float> weights, int num_rows,
                         int num_columns)
    : num_rows_(num_rows), num_columns_(num_columns), weights_(weights.size()) {
  float* to = weights_.data();
  for (int panel = 0; panel < num_rows; panel += kPanel) {
    for (int c = 0; c < num_columns; ++c) {
      for (int r = panel; r < panel + kPanel; ++r) {
        *to++ = weights[size_t(r) * num_columns + c];
      }
    }
  }
}

TACET_AVX512 void DenseFloats::MultiplyAdd(std::span<const float> x,
                                           std::span<float> y) const {
  const float* w = weights_.data();
  for (int first = 0; first < num_rows_; first += kPanel) {
    // Even and odd columns apart, so that no sum waits for itself.
    __m512 sums[2][4];
    for (int i = 0; i < 4; ++i) {
      sums[0][i] = _mm512_loadu_ps(y.data() + first + 16 * i);
      sums[1][i] = _mm512_setzero_ps();
    }
    int c = 0;
    for (; c + 2 <= num_columns_; c += 2) {
      for (int odd = 0; odd < 2; ++odd) {
        const __m512 value = _mm512_set1_ps(x[c + odd]);
        for (int i = 0; i < 4; ++i, w += 16) {
          sums[odd][i] =
              _mm512_fmadd_ps(_mm512_loadu_ps(w), value, sums[odd][i]);
        }
      }
    }
    for (; c < num_columns_; ++c) {
      const __m512 value = _mm512_set1_ps(x[c]);
      for (int i = 0; i < 4; ++i, w += 16) {
        sums[0][i] = _mm512_fmadd_ps(_mm512_loadu_ps(w), value, sums[0][i]);
      }
    }
    for (int i = 0; i < 4; ++i) {
      _mm512_storeu_ps(y.data() + first + 16 * i,
                       _mm512_add_ps(sums[0][i], sums[1][i]));
    }
  }
}

}  // namespace tacet
