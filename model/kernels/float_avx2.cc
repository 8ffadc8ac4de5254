// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/float_avx2.h"

#include <immintrin.h>

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "model/kernels/permute_matrix.h"

// A function at a time, as model/kernels/fixed_avx512.cc.
#define TACET_AVX2 __attribute__((target("avx2,fma")))

namespace tacet {
namespace {

using Places = PermuteMatrix::Places;
using Weights = PermuteMatrix::Weights;
constexpr int kVectorRows = PermuteMatrix::kVectorRows;
constexpr int kSortedRows = PermuteMatrix::kSortedRows;
constexpr int kChunkSteps = PermuteMatrix::kChunkSteps;
constexpr int kPlaceBits = PermuteMatrix::kPlaceBits;

// The x of a block twice, so that no look-up touches two cache lines; 0 behind
// the last.
struct alignas(64) Lines {
  float of[2 * PermuteMatrix::kMaxBlockColumns];
};

TACET_AVX2 inline void Copy(const float* x, int count, Lines* lines) {
  constexpr int kHalf = PermuteMatrix::kWindowColumns;
  float* line = lines->of;
  int c = 0;
  for (; c + 2 * kHalf <= count; c += kHalf, line += 2 * kHalf) {
    _mm256_store_ps(line, _mm256_loadu_ps(x + c));
    _mm256_store_ps(line + kHalf, _mm256_loadu_ps(x + c + kHalf));
  }
  float rest[3 * kHalf] = {};
  std::copy_n(x + c, count - c, rest);
  for (const float* r = rest; c < count; c += kHalf, line += 2 * kHalf) {
    _mm256_store_ps(line, _mm256_loadu_ps(r));
    _mm256_store_ps(line + kHalf, _mm256_loadu_ps(r + kHalf));
    r += kHalf;
  }
}

// window[places], of which the lowest 3 bits count.
TACET_AVX2 inline __m256 LookUp(const float* window, __m256i places) {
  return _mm256_permutevar8x32_ps(_mm256_loadu_ps(window), places);
}

// Where the next step is read.
struct Cursor {
  const Places* places;
  const Weights* weights;
  const uint16_t* windows;
};

// Step n from the cursor, whose places are the lowest bits.
TACET_AVX2 inline __m256 AddStep(const Lines& lines, const Cursor& at, int n,
                                 __m256i places, __m256 sum) {
  return _mm256_fmadd_ps(LookUp(lines.of + at.windows[n], places),
                         _mm256_load_ps(at.weights[n].of.data()), sum);
}

TACET_AVX2 inline __m256i Load(const Places* places) {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(places));
}
TACET_AVX2 inline __m256i Shift(__m256i places, int steps) {
  return _mm256_srli_epi32(places, kPlaceBits * steps);
}

// The sums of 8 rows over so many steps, in four so that few wait for another.
TACET_AVX2 inline __m256 AddSteps(const Lines& lines, int num_steps,
                                  Cursor* at) {
  __m256 a = _mm256_setzero_ps(), b = a, c = a, d = a;
  for (; num_steps >= kChunkSteps; num_steps -= kChunkSteps) {
    const __m256i places = Load(at->places++);
    a = AddStep(lines, *at, 0, places, a);
    b = AddStep(lines, *at, 1, Shift(places, 1), b);
    c = AddStep(lines, *at, 2, Shift(places, 2), c);
    d = AddStep(lines, *at, 3, Shift(places, 3), d);
    a = AddStep(lines, *at, 4, Shift(places, 4), a);
    b = AddStep(lines, *at, 5, Shift(places, 5), b);
    c = AddStep(lines, *at, 6, Shift(places, 6), c);
    d = AddStep(lines, *at, 7, Shift(places, 7), d);
    at->weights += kChunkSteps;
    at->windows += kChunkSteps;
  }
  if (num_steps > 0) {
    __m256i places = Load(at->places++);
    for (; num_steps > 0; --num_steps) {
      a = AddStep(lines, *at, 0, places, a);
      places = Shift(places, 1);
      ++at->weights;
      ++at->windows;
    }
  }
  return _mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, d));
}

// sums[position[0..7]] of 32
TACET_AVX2 inline __m256 Sorted(const float* sums, const int32_t* position) {
  const __m256i index =
      _mm256_loadu_si256(reinterpret_cast<const __m256i*>(position));
  // Bits 3 and 4 tell which vector.
  const __m256 odd = _mm256_castsi256_ps(_mm256_slli_epi32(index, 28));
  const __m256 upper = _mm256_castsi256_ps(_mm256_slli_epi32(index, 27));
  const __m256 low = _mm256_blendv_ps(LookUp(sums, index),
                                      LookUp(sums + kVectorRows, index), odd);
  const __m256 high =
      _mm256_blendv_ps(LookUp(sums + 2 * kVectorRows, index),
                       LookUp(sums + 3 * kVectorRows, index), odd);
  return _mm256_blendv_ps(low, high, upper);
}

TACET_AVX2 void MultiplyAddBlock(const PermuteMatrix::Block& block,
                                 const float* x, std::span<float> y) {
  Lines lines;
  alignas(32) float sums[kSortedRows];
  Copy(x + block.first_column, block.num_columns, &lines);
  Cursor at = {block.places.data(), block.weights.data(), block.windows.data()};
  const uint16_t* num_steps = block.num_steps.data();
  const int32_t* position = block.position.data();
  for (size_t row = 0; row < y.size(); row += kSortedRows) {
    for (int r = 0; r < kSortedRows; r += kVectorRows) {
      _mm256_store_ps(sums + r, AddSteps(lines, *num_steps++, &at));
    }
    const size_t end = std::min(row + kSortedRows, y.size());
    size_t r = row;
    for (; r + kVectorRows <= end; r += kVectorRows) {
      const __m256 sum = Sorted(sums, position + r);
      _mm256_storeu_ps(&y[r], _mm256_add_ps(_mm256_loadu_ps(&y[r]), sum));
    }
    for (; r < end; ++r) y[r] += sums[position[r]];
  }
}

}  // namespace

void MultiplyAvx2(const CsrMatrix& w, std::span<const float> x,
                  std::span<const float> bias,
                  std::span<float> y) noexcept TACET_REALTIME {
  std::ranges::copy(bias, y.begin());
  MultiplyAddAvx2(w, x, y);
}

void MultiplyAddAvx2(const CsrMatrix& w, std::span<const float> x,
                     std::span<float> y) noexcept TACET_REALTIME {
  assert(w.permuted != nullptr);
  assert(x.size() == static_cast<size_t>(w.num_columns));
  assert(y.size() == static_cast<size_t>(w.num_rows));
  for (const PermuteMatrix::Block& block : w.permuted->blocks) {
    MultiplyAddBlock(block, x.data(), y);
  }
}

}  // namespace tacet
