// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/fixed_avx512_words.h"

#include <immintrin.h>

#include <algorithm>
#include <cassert>

#include "model/kernels/fixed_avx512-inl.h"
#include "model/kernels/sliced_matrix.h"

namespace tacet {
namespace {

// 64 values of x.
struct Reach {
  __m512i first, second;
};

//   count  of values there are; the others are 0
TACET_AVX512BW inline Reach LoadReach(const int16_t* x, int count) {
  return {LoadUpTo32(x, count), LoadUpTo32(x + 32, count - 32)};
}

// Adds the products of steps, which end where the returned step stands.
TACET_AVX512BW inline const SlicedMatrix::Step* AddSteps(
    const SlicedMatrix::Step* step, int num_steps, const Reach& x,
    __m512i& sum) {
  for (; num_steps > 0; --num_steps, ++step) {
    const __m512i columns = _mm512_load_si512(step->columns);
    const __m512i weights = _mm512_load_si512(step->weights);
    const __m512i even =
        _mm512_madd_epi16(_mm512_permutex2var_epi16(x.first, columns, x.second),
                          _mm512_srai_epi16(_mm512_slli_epi16(weights, 8), 8));
    const __m512i odd =
        _mm512_madd_epi16(_mm512_permutex2var_epi16(
                              x.first, _mm512_srli_epi16(columns, 8), x.second),
                          _mm512_srai_epi16(weights, 8));
    sum = _mm512_add_epi32(sum, _mm512_add_epi32(even, odd));
  }
  return step;
}

//   kWide  slices have far steps
template <bool kWide>
TACET_AVX512BW void MultiplyBlock(const SlicedMatrix::Block& block,
                                  const int16_t* x, const int32_t* start,
                                  std::span<int32_t> acc) {
  x += block.first_column;
  const int count = block.num_columns, far = block.far;
  const Reach near_x = LoadReach(x, count);
  Reach far_x = near_x;
  if constexpr (kWide) far_x = LoadReach(x + far, count - far);
  const SlicedMatrix::Step* step = block.steps.data();
  const uint8_t* num_steps = block.num_steps.data();
  const int num_rows = static_cast<int>(acc.size());
  for (int first = 0; first < num_rows; first += kWindowRows) {
    if (start == acc.data() && IsEmptyWindow<kWide>(num_steps)) {
      num_steps += kSlices * (kWide ? 2 : 1);
      continue;
    }
    __m512i sorted[kSlices];
    for (__m512i& sum : sorted) {
      sum = _mm512_setzero_si512();
      step = AddSteps(step, *num_steps++, near_x, sum);
      if constexpr (kWide) step = AddSteps(step, *num_steps++, far_x, sum);
    }
    for (int r = first; r < std::min(first + kWindowRows, num_rows);
         r += kSliceRows) {
      AddSorted(sorted, block.position.data() + r, num_rows - r, start + r,
                acc.data() + r);
    }
  }
}

}  // namespace

void MultiplyAddAvx512Words(const FixedMatrix& w, std::span<const int16_t> x,
                            std::span<int32_t> acc) noexcept TACET_REALTIME {
  MultiplyAvx512Words(w, x, acc, acc);
}

void MultiplyAvx512Words(const FixedMatrix& w, std::span<const int16_t> x,
                         std::span<const int32_t> start,
                         std::span<int32_t> acc) noexcept TACET_REALTIME {
  assert(w.sliced != nullptr && w.sliced->reach == SlicedMatrix::kWords);
  MultiplyBlocks(w, x, start, acc, MultiplyBlock<false>, MultiplyBlock<true>);
}

bool CpuHasAvx512Words() noexcept {
  return __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
}

}  // namespace tacet
