// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/float_avx512.h"

#include <immintrin.h>

#include <algorithm>
#include <cassert>

#include "model/kernels/sliced_matrix.h"

// A function at a time, as model/kernels/fixed_avx512.cc.
#define TACET_AVX512 __attribute__((target("avx512f")))

namespace tacet {
namespace {

constexpr int kWindowRows = SlicedFloats::kWindowRows;
constexpr int kSlices = SlicedFloats::kSlicesPerWindow;
constexpr int kSliceRows = SlicedFloats::kSliceRows;

TACET_AVX512 inline __mmask16 UpTo16(int count) {
  return count >= kSliceRows
             ? __mmask16{0xffff}
             : static_cast<__mmask16>((1 << std::max(count, 0)) - 1);
}

// y[r] += sums[position[r]] for up to 16 rows.
TACET_AVX512 inline void AddSorted(const __m512 (&sums)[kSlices],
                                   const uint32_t* position, int num_rows,
                                   float* y) {
  const __m512i index = _mm512_loadu_si512(position);
  const __m512 low = _mm512_permutex2var_ps(sums[0], index, sums[1]);
  const __m512 high = _mm512_permutex2var_ps(sums[2], index, sums[3]);
  const __mmask16 upper = _mm512_test_epi32_mask(index, _mm512_set1_epi32(32));
  const __m512 sum = _mm512_mask_blend_ps(upper, low, high);
  const __mmask16 rows = UpTo16(num_rows);
  const __m512 old = _mm512_maskz_loadu_ps(rows, y);
  _mm512_mask_storeu_ps(y, rows, _mm512_add_ps(old, sum));
}

TACET_AVX512 void MultiplyAddBlock(const SlicedFloats::Block& block,
                                   const float* x, std::span<float> y) {
  x += block.first_column;
  const __m512 x0 = _mm512_maskz_loadu_ps(UpTo16(block.num_columns), x);
  const __m512 x1 = _mm512_maskz_loadu_ps(
      UpTo16(block.num_columns - kSliceRows), x + kSliceRows);
  const SlicedFloats::Step* step = block.steps.data();
  const uint8_t* num_steps = block.num_steps.data();
  const int num_rows = static_cast<int>(y.size());
  for (int first = 0; first < num_rows; first += kWindowRows) {
    __m512 sums[kSlices];
    for (int s = 0; s < kSlices; ++s) {
      __m512 sum = _mm512_setzero_ps();
      for (int n = *num_steps++; n > 0; --n) {
        const __m512i columns = _mm512_cvtepu8_epi32(
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(step->columns)));
        const __m512 weights = _mm512_loadu_ps(step->weights);
        const __m512 values = _mm512_permutex2var_ps(x0, columns, x1);
        sum = _mm512_fmadd_ps(weights, values, sum);
        ++step;
      }
      sums[s] = sum;
    }
    for (int r = first; r < std::min(first + kWindowRows, num_rows);
         r += kSliceRows) {
      AddSorted(sums, block.position.data() + r, num_rows - r, y.data() + r);
    }
  }
}

}  // namespace

void MultiplyAvx512(const CsrMatrix& w, std::span<const float> x,
                    std::span<const float> bias,
                    std::span<float> y) noexcept TACET_REALTIME {
  std::ranges::copy(bias, y.begin());
  MultiplyAddAvx512(w, x, y);
}

void MultiplyAddAvx512(const CsrMatrix& w, std::span<const float> x,
                       std::span<float> y) noexcept TACET_REALTIME {
  assert(w.sliced != nullptr);
  assert(x.size() == static_cast<size_t>(w.num_columns));
  assert(y.size() == static_cast<size_t>(w.num_rows));
  for (const SlicedFloats::Block& block : w.sliced->blocks) {
    MultiplyAddBlock(block, x.data(), y);
  }
}

bool CpuHasAvx512ForFloat() noexcept {
  return __builtin_cpu_supports("avx512f");
}

}  // namespace tacet
