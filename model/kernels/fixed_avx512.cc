// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/fixed_avx512.h"

#include <immintrin.h>

#include <algorithm>
#include <cassert>

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

// Lower and upper bytes of 256 values of x; the upper ones have 128 added.
struct Planes {
  __m512i low[4], high[4];
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

TACET_AVX512 inline void Split(const int16_t* x, int count, Planes* planes) {
  const __m512i even = _mm512_load_si512(&kEvenBytes);
  const __m512i odd = _mm512_or_si512(even, _mm512_set1_epi8(1));
  const __m512i half = _mm512_set1_epi8(-128);
  for (int i = 0; i < 4; ++i) {
    const __m512i a = LoadUpTo32(x + 64 * i, count - 64 * i);
    const __m512i b = LoadUpTo32(x + 64 * i + 32, count - 64 * i - 32);
    planes->low[i] = _mm512_permutex2var_epi8(a, even, b);
    planes->high[i] =
        _mm512_xor_si512(_mm512_permutex2var_epi8(a, odd, b), half);
  }
}

// plane[columns], 64 bytes at a time; kWide: columns reach beyond 127.
template <bool kWide>
TACET_AVX512 inline __m512i LookUp(const __m512i (&plane)[4], __m512i columns) {
  const __m512i near = _mm512_permutex2var_epi8(plane[0], columns, plane[1]);
  if constexpr (!kWide) return near;
  const __m512i far = _mm512_permutex2var_epi8(plane[2], columns, plane[3]);
  return _mm512_mask_blend_epi8(_mm512_movepi8_mask(columns), near, far);
}

// acc[r] += sums[position[r]] for up to 16 rows.
TACET_AVX512 inline void AddSorted(const __m512i (&sums)[kSlices],
                                   const uint32_t* position, int num_rows,
                                   int32_t* acc) {
  const __m512i index = _mm512_loadu_si512(position);
  const __m512i low = _mm512_permutex2var_epi32(sums[0], index, sums[1]);
  const __m512i high = _mm512_permutex2var_epi32(sums[2], index, sums[3]);
  const __mmask16 upper = _mm512_test_epi32_mask(index, _mm512_set1_epi32(32));
  const __m512i sum = _mm512_mask_blend_epi32(upper, low, high);
  const __mmask16 rows = num_rows >= kSliceRows
                             ? __mmask16{0xffff}
                             : static_cast<__mmask16>((1 << num_rows) - 1);
  const __m512i old = _mm512_maskz_loadu_epi32(rows, acc);
  _mm512_mask_storeu_epi32(acc, rows, _mm512_add_epi32(old, sum));
}

template <bool kWide>
TACET_AVX512 void MultiplyAddBlock(const SlicedMatrix::Block& block,
                                   const int16_t* x, std::span<int32_t> acc) {
  Planes planes;
  Split(x + block.first_column, block.num_columns, &planes);
  const SlicedMatrix::Step* step = block.steps.data();
  const uint8_t* num_steps = block.num_steps.data();
  const int num_rows = static_cast<int>(acc.size());
  for (int first = 0; first < num_rows; first += kWindowRows) {
    __m512i sums[kSlices];
    for (int s = 0; s < kSlices; ++s) {
      __m512i low =
          _mm512_loadu_si512(block.correction.data() + first + s * kSliceRows);
      __m512i high = _mm512_setzero_si512();
      for (int n = *num_steps++; n > 0; --n) {
        const __m512i columns = _mm512_load_si512(step->columns);
        const __m512i weights = _mm512_load_si512(step->weights);
        low = _mm512_dpbusd_epi32(low, LookUp<kWide>(planes.low, columns),
                                  weights);
        high = _mm512_dpbusd_epi32(high, LookUp<kWide>(planes.high, columns),
                                   weights);
        ++step;
      }
      sums[s] = _mm512_add_epi32(low, _mm512_slli_epi32(high, 8));
    }
    for (int r = first; r < std::min(first + kWindowRows, num_rows);
         r += kSliceRows) {
      AddSorted(sums, block.position.data() + r, num_rows - r, acc.data() + r);
    }
  }
}

}  // namespace

void MultiplyAddAvx512(const FixedMatrix& w, std::span<const int16_t> x,
                       std::span<int32_t> acc) noexcept TACET_REALTIME {
  assert(w.sliced != nullptr);
  assert(x.size() == static_cast<size_t>(w.num_columns));
  assert(acc.size() == static_cast<size_t>(w.num_rows));
  for (const SlicedMatrix::Block& block : w.sliced->blocks) {
    if (block.num_columns > 128) {
      MultiplyAddBlock<true>(block, x.data(), acc);
    } else {
      MultiplyAddBlock<false>(block, x.data(), acc);
    }
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
