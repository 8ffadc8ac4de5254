// SPDX-License-Identifier: Apache-2.0
#include "bench/packed_avx512.h"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>

#define TACET_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512vnni,avx512vbmi2")))

namespace tacet {
namespace {

constexpr int kPanel = 64;             // rows
constexpr int kReach = 128;            // columns that two registers hold
constexpr int kHalfOfAll = 128 * 256;  // what the upper bytes' 128 adds

void Split(std::span<const int16_t> x, std::vector<uint8_t>* low,
           std::vector<uint8_t>* high) {
  for (size_t c = 0; c < x.size(); ++c) {
    (*low)[c] = static_cast<uint8_t>(x[c]);
    (*high)[c] = static_cast<uint8_t>((x[c] >> 8) + 128);
  }
}

}  // namespace

BitmapBytes::BitmapBytes(std::span<const int8_t> weights, int num_rows,
                         int num_columns)
    : num_rows_(num_rows),
      num_columns_(num_columns),
      correction_(num_rows),
      low_(num_columns),
      high_(num_columns) {
  for (int first = 0; first < num_rows; first += kPanel) {
    for (int c = 0; c < num_columns; c += 4) {
      for (int row = first; row < first + kPanel; row += 16) {
        uint64_t bitmap = 0;
        for (int i = 0; i < 64; ++i) {
          const int r = row + i / 4;
          const int8_t w = weights[size_t(r) * num_columns + c + i % 4];
          correction_[r] -= kHalfOfAll * w;
          if (w == 0) continue;
          bitmap |= uint64_t{1} << i;
          values_.push_back(w);
        }
        bitmaps_.push_back(bitmap);
      }
    }
  }
  values_.resize(values_.size() + 64);
}

TACET_AVX512 void BitmapBytes::MultiplyAdd(std::span<const int16_t> x,
                                           std::span<int32_t> acc) {
  Split(x, &low_, &high_);
  const int8_t* values = values_.data();
  const uint64_t* bitmap = bitmaps_.data();
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
      for (int i = 0; i < 4; ++i, ++bitmap) {
        const __m512i weights =
            _mm512_maskz_expand_epi8(*bitmap, _mm512_loadu_si512(values));
        values += std::popcount(*bitmap);
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

BlockBytes::BlockBytes(std::span<const int8_t> weights, int num_rows,
                       int num_columns)
    : num_rows_(num_rows),
      num_columns_(num_columns),
      correction_(num_rows),
      low_((num_columns + kReach - 1) / kReach * kReach),
      high_(low_.size()) {
  for (int row = 0; row < num_rows; row += 16) {
    for (int first = 0; first < num_columns; first += kReach) {
      const size_t at = steps_.size();
      for (int r = 0; r < 16; ++r) {
        const int8_t* of = weights.data() + size_t(row + r) * num_columns;
        size_t step = at;
        for (int c = first; c < std::min(first + kReach, num_columns); c += 4) {
          if (std::all_of(of + c, of + c + 4, [](int w) { return w == 0; })) {
            continue;
          }
          if (step == steps_.size()) steps_.emplace_back();
          std::memcpy(steps_[step].weights[r], of + c, 4);
          steps_[step++].groups[r] = static_cast<uint8_t>((c - first) / 4);
          for (int i = 0; i < 4; ++i) {
            correction_[row + r] -= kHalfOfAll * of[c + i];
          }
        }
      }
      num_steps_.push_back(static_cast<int>(steps_.size() - at));
    }
  }
}

double BlockBytes::efficiency() const {
  size_t weights = 0;
  for (const Step& step : steps_) {
    for (const auto& of_row : step.weights) {
      weights += 4 - std::count(of_row, of_row + 4, 0);
    }
  }
  return steps_.empty() ? 1.0 : double(weights) / double(64 * steps_.size());
}

TACET_AVX512 void BlockBytes::MultiplyAdd(std::span<const int16_t> x,
                                          std::span<int32_t> acc) {
  Split(x, &low_, &high_);
  const Step* step = steps_.data();
  const int* num_steps = num_steps_.data();
  for (int row = 0; row < num_rows_; row += 16) {
    __m512i low = _mm512_loadu_si512(correction_.data() + row);
    __m512i high = _mm512_setzero_si512();
    for (int c = 0; c < num_columns_; c += kReach) {
      const __m512i low_a = _mm512_loadu_si512(low_.data() + c);
      const __m512i low_b = _mm512_loadu_si512(low_.data() + c + 64);
      const __m512i high_a = _mm512_loadu_si512(high_.data() + c);
      const __m512i high_b = _mm512_loadu_si512(high_.data() + c + 64);
      for (int n = *num_steps++; n > 0; --n, ++step) {
        const __m512i groups = _mm512_cvtepu8_epi32(
            _mm_load_si128(reinterpret_cast<const __m128i*>(step->groups)));
        const __m512i weights = _mm512_load_si512(step->weights);
        low = _mm512_dpbusd_epi32(
            low, _mm512_permutex2var_epi32(low_a, groups, low_b), weights);
        high = _mm512_dpbusd_epi32(
            high, _mm512_permutex2var_epi32(high_a, groups, high_b), weights);
      }
    }
    const __m512i sum = _mm512_add_epi32(low, _mm512_slli_epi32(high, 8));
    int32_t* to = acc.data() + row;
    _mm512_storeu_si512(to, _mm512_add_epi32(_mm512_loadu_si512(to), sum));
  }
}

}  // namespace tacet
