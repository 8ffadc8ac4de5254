// SPDX-License-Identifier: Apache-2.0
// What products by permutes share, of bytes or of words: tails of vectors, rows
// back in order, a last column.
#ifndef TACET_MODEL_KERNELS_FIXED_AVX512_INL_H_
#define TACET_MODEL_KERNELS_FIXED_AVX512_INL_H_

#include <immintrin.h>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "model/kernels/sliced_matrix.h"

// The instructions are switched on a function at a time: a whole file compiled
// for them could give its copies of inline functions to the rest of the
// program.
#define TACET_AVX512BW __attribute__((target("avx512f,avx512bw")))

namespace tacet {
namespace {  // NOLINT(google-build-namespaces): of each file

constexpr int kWindowRows = SlicedMatrix::kWindowRows;
constexpr int kSlices = SlicedMatrix::kSlicesPerWindow;
constexpr int kSliceRows = SlicedMatrix::kSliceRows;

TACET_AVX512BW inline __m512i LoadUpTo32(const int16_t* x, int count) {
  const __mmask32 mask =
      count >= 32
          ? ~__mmask32{0}
          : static_cast<__mmask32>((uint32_t{1} << std::max(count, 0)) - 1);
  return _mm512_maskz_loadu_epi16(mask, x);
}

inline __mmask16 RowMask(int num_rows) {
  return num_rows >= kSliceRows ? __mmask16{0xffff}
                                : static_cast<__mmask16>((1 << num_rows) - 1);
}

// acc[r] = start[r] + sums[position[r]] for up to 16 rows.
TACET_AVX512BW inline void AddSorted(const __m512i (&sums)[kSlices],
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

// acc += w x of one column.
TACET_AVX512BW inline void MultiplyAddColumn(const int8_t* w, int16_t x,
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

// Of one block: acc = start + W x.
using BlockProduct = void (*)(const SlicedMatrix::Block& block,
                              const int16_t* x, const int32_t* start,
                              std::span<int32_t> acc);

// acc = start + W x, block after block, each onto what is there by then.
inline void MultiplyBlocks(const FixedMatrix& w, std::span<const int16_t> x,
                           std::span<const int32_t> start,
                           std::span<int32_t> acc, BlockProduct narrow,
                           BlockProduct wide) noexcept TACET_REALTIME {
  assert(x.size() == static_cast<size_t>(w.num_columns));
  assert(start.size() == static_cast<size_t>(w.num_rows));
  assert(acc.size() == static_cast<size_t>(w.num_rows));
  const int32_t* old = start.data();
  for (const SlicedMatrix::Block& block : w.sliced->blocks) {
    (block.far > 0 ? wide : narrow)(block, x.data(), old, acc);
    old = acc.data();
  }
  if (!w.sliced->last_column.empty() && x.back() != 0) {
    MultiplyAddColumn(w.sliced->last_column.data(), x.back(), acc);
  }
}

}  // namespace
}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_FIXED_AVX512_INL_H_
