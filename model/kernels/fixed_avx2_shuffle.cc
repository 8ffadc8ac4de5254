// SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "model/kernels/fixed_avx2.h"

// A function at a time, as model/kernels/fixed_avx512.cc.
#define TACET_AVX2 __attribute__((target("avx2")))

namespace tacet {
namespace {

using Block = ShuffleMatrix::Block;
using Step = ShuffleMatrix::Step;
constexpr int kVectorRows = ShuffleMatrix::kVectorRows;
constexpr int kBandRows = ShuffleMatrix::kBandRows;
constexpr int kSplit = 32;  // columns at a time

// Lower and upper bytes of x, the upper ones with 128 added. What lies behind
// the last is looked up, though not in earnest: it is multiplied by 0.
struct alignas(64) Planes {
  uint8_t low[ShuffleMatrix::kMaxBlockColumns + kSplit];
  uint8_t high[ShuffleMatrix::kMaxBlockColumns + kSplit];
};

TACET_AVX2 inline __m256i Load(const void* p) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}
TACET_AVX2 inline void Store(__m256i x, void* p) {
  _mm256_storeu_si256(static_cast<__m256i*>(p), x);
}

TACET_AVX2 inline void Split32(const int16_t* x, uint8_t* low, uint8_t* high) {
  const __m256i bytes = _mm256_set1_epi16(0xff);
  const __m256i half = _mm256_set1_epi8(-128);
  const __m256i a = Load(x), b = Load(x + kSplit / 2);
  const __m256i l = _mm256_packus_epi16(_mm256_and_si256(a, bytes),
                                        _mm256_and_si256(b, bytes));
  const __m256i h =
      _mm256_packs_epi16(_mm256_srai_epi16(a, 8), _mm256_srai_epi16(b, 8));
  // Packing goes by halves of a register.
  Store(_mm256_permute4x64_epi64(l, 0xd8), low);
  Store(_mm256_xor_si256(_mm256_permute4x64_epi64(h, 0xd8), half), high);
}

TACET_AVX2 inline void Split(const int16_t* x, int count, Planes* planes) {
  int c = 0;
  for (; c + kSplit <= count; c += kSplit) {
    Split32(x + c, planes->low + c, planes->high + c);
  }
  int16_t rest[kSplit] = {};
  std::copy_n(x + c, count - c, rest);
  Split32(rest, planes->low + c, planes->high + c);
}

TACET_AVX2 inline __m256i LoadTwice(const uint8_t* p) {
  return _mm256_broadcastsi128_si256(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

// Of 8 rows: what the lower and the upper bytes of x add up to.
struct Sums {
  __m256i low, high;
};

TACET_AVX2 inline void AddStep(const Step& step, __m256i low, __m256i high,
                               Sums* sums) {
  const __m256i ones = _mm256_set1_epi16(1);
  const __m256i columns = Load(step.columns), weights = Load(step.weights);
  const __m256i low_pairs =
      _mm256_maddubs_epi16(_mm256_shuffle_epi8(low, columns), weights);
  const __m256i high_pairs =
      _mm256_maddubs_epi16(_mm256_shuffle_epi8(high, columns), weights);
  sums->low = _mm256_add_epi32(sums->low, _mm256_madd_epi16(low_pairs, ones));
  sums->high =
      _mm256_add_epi32(sums->high, _mm256_madd_epi16(high_pairs, ones));
  // GCC would move each sum to another register and back.
  asm("" : "+x"(sums->low), "+x"(sums->high));
}

// acc += the products of 8 rows for each of V: 0, 1, ... The vectors are named
// one by one since GCC keeps an array that a loop runs over in memory.
template <int... V>
TACET_AVX2 void AddBand(const Planes& planes, const uint16_t* windows,
                        int num_steps, const Step* step,
                        const int32_t* correction, int32_t* acc) {
  Sums sums[] = {{_mm256_add_epi32(Load(acc + V * kVectorRows),
                                   Load(correction + V * kVectorRows)),
                  _mm256_setzero_si256()}...};
  for (int s = 0; s < num_steps; ++s, step += sizeof...(V)) {
    const __m256i low = LoadTwice(planes.low + windows[s]);
    const __m256i high = LoadTwice(planes.high + windows[s]);
    (AddStep(step[V], low, high, &sums[V]), ...);
  }
  (Store(_mm256_add_epi32(sums[V].low, _mm256_slli_epi32(sums[V].high, 8)),
         acc + V * kVectorRows),
   ...);
}

using AddBandOf = void (*)(const Planes&, const uint16_t*, int, const Step*,
                           const int32_t*, int32_t*);
constexpr AddBandOf kAddBand[] = {nullptr, AddBand<0>, AddBand<0, 1>,
                                  AddBand<0, 1, 2>, AddBand<0, 1, 2, 3>};

}  // namespace

void MultiplyAddAvx2(const ShuffleMatrix& w, std::span<const int16_t> x,
                     std::span<int32_t> acc) noexcept TACET_REALTIME {
  Planes planes;
  for (const Block& block : w.blocks) {
    Split(x.data() + block.first_column, block.num_columns, &planes);
    const Step* step = block.steps.data();
    const uint16_t* windows = block.windows.data();
    for (int b = 0; b < w.num_bands; ++b) {
      const size_t row = size_t{kBandRows} * b;
      const int vectors = w.vectors_of(b), num_steps = block.num_steps[b];
      const int32_t* const correction = block.correction.data() + row;
      if (row + vectors * kVectorRows <= acc.size()) {
        kAddBand[vectors](planes, windows, num_steps, step, correction,
                          acc.data() + row);
      } else {
        // The last rows of the last band are no rows of acc.
        int32_t sums[kBandRows] = {};
        std::ranges::copy(acc.subspan(row), sums);
        kAddBand[vectors](planes, windows, num_steps, step, correction, sums);
        std::copy_n(sums, acc.size() - row, acc.data() + row);
      }
      step += size_t(vectors) * num_steps;
      windows += num_steps;
    }
  }
}

}  // namespace tacet
