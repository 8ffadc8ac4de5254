// SPDX-License-Identifier: Apache-2.0
#include "bench/dense_avx2.h"

#include <immintrin.h>

#include <cstddef>
#include <cstring>
#include <utility>

#define TACET_AVX2 __attribute__((target("avx2")))

namespace tacet {
namespace {

constexpr int kPanel = 64, kVectorRows = 8;

TACET_AVX2 inline __m256i Load(const int32_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

// acc += the products of 8 rows for each of V: 0, 1, ...
template <int... V>
TACET_AVX2 void AddPanel(std::integer_sequence<int, V...>, const int8_t* w,
                         std::span<const int16_t> x, int32_t* acc) {
  __m256i sums[] = {Load(acc + V * kVectorRows)...};
  for (size_t c = 0; c < x.size(); c += 2, w += 2 * kPanel) {
    int32_t pair;
    std::memcpy(&pair, &x[c], sizeof(pair));
    const __m256i both = _mm256_set1_epi32(pair);
    ((sums[V] = _mm256_add_epi32(
          sums[V],
          _mm256_madd_epi16(_mm256_cvtepi8_epi16(_mm_loadu_si128(
                                reinterpret_cast<const __m128i*>(w) + V)),
                            both))),
     ...);
  }
  (_mm256_storeu_si256(reinterpret_cast<__m256i*>(acc + V * kVectorRows),
                       sums[V]),
   ...);
}

}  // namespace

DenseBytesAvx2::DenseBytesAvx2(std::span<const int8_t> weights, int num_rows,
                               int num_columns)
    : num_rows_(num_rows), num_columns_(num_columns) {
  for (int panel = 0; panel < num_rows; panel += kPanel) {
    for (int c = 0; c < num_columns; c += 2) {
      for (int r = panel; r < panel + kPanel; ++r) {
        weights_.push_back(weights[size_t(r) * num_columns + c]);
        weights_.push_back(weights[size_t(r) * num_columns + c + 1]);
      }
    }
  }
}

void DenseBytesAvx2::MultiplyAdd(std::span<const int16_t> x,
                                 std::span<int32_t> acc) const {
  for (int row = 0; row < num_rows_; row += kPanel) {
    AddPanel(std::make_integer_sequence<int, kPanel / kVectorRows>(),
             weights_.data() + size_t(row) * num_columns_, x, &acc[row]);
  }
}

}  // namespace tacet
