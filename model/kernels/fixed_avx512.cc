// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/fixed_avx512.h"

#include <immintrin.h>

#include <algorithm>
#include <cassert>

#include "model/kernels/fixed_avx512-inl.h"
#include "model/kernels/sliced_matrix.h"

#define TACET_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vnni")))

namespace tacet {
namespace {

// Lower and upper bytes of 64 values of x; the upper ones have 128 added.
struct Planes {
  __m512i low, high;
};

// Of 128 values.
struct Reach {
  Planes first, second;
};

// Bytes 2i of a and then of b.
constexpr auto kEvenBytes = [] {
  struct alignas(64) Indices {
    uint8_t byte[64];
  } indices{};
  for (int i = 0; i < 64; ++i) indices.byte[i] = static_cast<uint8_t>(2 * i);
  return indices;
}();

//   count  of values there are; the others are 0
TACET_AVX512 inline Planes Split(const int16_t* x, int count) {
  const __m512i even = _mm512_load_si512(&kEvenBytes);
  const __m512i odd = _mm512_or_si512(even, _mm512_set1_epi8(1));
  const __m512i half = _mm512_set1_epi8(-128);
  const __m512i a = LoadUpTo32(x, count);
  const __m512i b = LoadUpTo32(x + 32, count - 32);
  return {_mm512_permutex2var_epi8(a, even, b),
          _mm512_xor_si512(_mm512_permutex2var_epi8(a, odd, b), half)};
}

struct Sums {
  __m512i low, high;
};

// Adds the products of steps, which end where the returned step stands.
TACET_AVX512 inline const SlicedMatrix::Step* AddSteps(
    const SlicedMatrix::Step* step, int num_steps, const Reach& x, Sums& sums) {
  for (; num_steps > 0; --num_steps, ++step) {
    const __m512i columns = _mm512_load_si512(step->columns);
    const __m512i weights = _mm512_load_si512(step->weights);
    sums.low = _mm512_dpbusd_epi32(
        sums.low, _mm512_permutex2var_epi8(x.first.low, columns, x.second.low),
        weights);
    sums.high = _mm512_dpbusd_epi32(
        sums.high,
        _mm512_permutex2var_epi8(x.first.high, columns, x.second.high),
        weights);
  }
  return step;
}

//   kWide  slices have far steps
template <bool kWide>
TACET_AVX512 void MultiplyBlock(const SlicedMatrix::Block& block,
                                const int16_t* x, const int32_t* start,
                                std::span<int32_t> acc) {
  x += block.first_column;
  const int count = block.num_columns, far = block.far;
  const Reach near_x = {Split(x, count), Split(x + 64, count - 64)};
  Reach far_x = near_x;
  if constexpr (kWide) {
    far_x.first = far == 64 ? near_x.second : Split(x + 128, count - 128);
    far_x.second = Split(x + far + 64, count - far - 64);
  }
  const SlicedMatrix::Step* step = block.steps.data();
  const uint8_t* num_steps = block.num_steps.data();
  const int num_rows = static_cast<int>(acc.size());
  for (int first = 0; first < num_rows; first += kWindowRows) {
    if (start == acc.data() && IsEmptyWindow<kWide>(num_steps)) {
      num_steps += kSlices * (kWide ? 2 : 1);
      continue;
    }
    __m512i sorted[kSlices];
    for (int s = 0; s < kSlices; ++s) {
      Sums sums = {
          _mm512_loadu_si512(block.correction.data() + first + s * kSliceRows),
          _mm512_setzero_si512()};
      step = AddSteps(step, *num_steps++, near_x, sums);
      if constexpr (kWide) step = AddSteps(step, *num_steps++, far_x, sums);
      sorted[s] = _mm512_add_epi32(sums.low, _mm512_slli_epi32(sums.high, 8));
    }
    for (int r = first; r < std::min(first + kWindowRows, num_rows);
         r += kSliceRows) {
      AddSorted(sorted, block.position.data() + r, num_rows - r, start + r,
                acc.data() + r);
    }
  }
}

}  // namespace

void MultiplyAddAvx512(const FixedMatrix& w, std::span<const int16_t> x,
                       std::span<int32_t> acc) noexcept TACET_REALTIME {
  MultiplyAvx512(w, x, acc, acc);
}

void MultiplyAvx512(const FixedMatrix& w, std::span<const int16_t> x,
                    std::span<const int32_t> start,
                    std::span<int32_t> acc) noexcept TACET_REALTIME {
  assert(w.sliced != nullptr);
  MultiplyBlocks(w, x, start, acc, MultiplyBlock<false>, MultiplyBlock<true>);
}

bool CpuHasAvx512ForFixed() noexcept {
  return __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vbmi") &&
         __builtin_cpu_supports("avx512vnni");
}

}  // namespace tacet
