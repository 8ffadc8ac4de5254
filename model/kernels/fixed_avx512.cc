// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/fixed_avx512.h"

#include <immintrin.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <type_traits>

#include "model/kernels/sliced_matrix.h"

// The instructions are switched on a function at a time: a whole file compiled
// for them could give its copies of inline functions to the rest of the
// program.
#define TACET_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vnni")))

namespace tacet {
namespace {

constexpr int kWindowRows = SlicedMatrix::kWindowRows;
constexpr int kSlices = SlicedMatrix::kSlicesPerWindow;
constexpr int kSliceRows = SlicedMatrix::kSliceRows;

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

TACET_AVX512 inline __m512i LoadUpTo32(const int16_t* x, int count) {
  const __mmask32 mask =
      count >= 32
          ? ~__mmask32{0}
          : static_cast<__mmask32>((uint32_t{1} << std::max(count, 0)) - 1);
  return _mm512_maskz_loadu_epi16(mask, x);
}

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

inline __mmask16 RowMask(int num_rows) {
  return num_rows >= kSliceRows ? __mmask16{0xffff}
                                : static_cast<__mmask16>((1 << num_rows) - 1);
}

// acc[r] = start[r] + sums[position[r]] for up to 16 rows.
TACET_AVX512 inline void AddSorted(const __m512i (&sums)[kSlices],
                                   const uint8_t* position, int num_rows,
                                   const int32_t* start, int32_t* acc) {
  const __m512i index = _mm512_cvtepu8_epi32(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(position)));
  const __m512i low = _mm512_permutex2var_epi32(sums[0], index, sums[1]);
  const __m512i high = _mm512_permutex2var_epi32(sums[2], index, sums[3]);
  const __mmask16 upper = _mm512_test_epi32_mask(index, _mm512_set1_epi32(32));
  const __m512i sum = _mm512_mask_blend_epi32(upper, low, high);
  const __mmask16 rows = RowMask(num_rows);
  const __m512i old = _mm512_maskz_loadu_epi32(rows, start);
  _mm512_mask_storeu_epi32(acc, rows, _mm512_add_epi32(old, sum));
}

// Whether no row of a window has an entry: so most are off the diagonal of a
// network of several side by side (training/merge.py).
template <bool kWide>
inline bool IsEmptyWindow(const uint8_t* num_steps) {
  std::conditional_t<kWide, uint64_t, uint32_t> all;
  static_assert(sizeof(all) == kSlices * (kWide ? 2 : 1));
  std::memcpy(&all, num_steps, sizeof(all));
  return all == 0;
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

// acc += w x of one column.
TACET_AVX512 void MultiplyAddColumn(const int8_t* w, int16_t x,
                                    std::span<int32_t> acc) {
  const __m512i factor = _mm512_set1_epi32(x);
  const int num_rows = static_cast<int>(acc.size());
  for (int r = 0; r < num_rows; r += kSliceRows) {
    const __m512i weights = _mm512_cvtepi8_epi32(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(w + r)));
    const __mmask16 rows = RowMask(num_rows - r);
    const __m512i old = _mm512_maskz_loadu_epi32(rows, acc.data() + r);
    _mm512_mask_storeu_epi32(
        acc.data() + r, rows,
        _mm512_add_epi32(old, _mm512_mullo_epi32(weights, factor)));
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
  assert(x.size() == static_cast<size_t>(w.num_columns));
  assert(start.size() == static_cast<size_t>(w.num_rows));
  assert(acc.size() == static_cast<size_t>(w.num_rows));
  const int32_t* old = start.data();
  for (const SlicedMatrix::Block& block : w.sliced->blocks) {
    if (block.far > 0) {
      MultiplyBlock<true>(block, x.data(), old, acc);
    } else {
      MultiplyBlock<false>(block, x.data(), old, acc);
    }
    old = acc.data();
  }
  if (!w.sliced->last_column.empty() && x.back() != 0) {
    MultiplyAddColumn(w.sliced->last_column.data(), x.back(), acc);
  }
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
