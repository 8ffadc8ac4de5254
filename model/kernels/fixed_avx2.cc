// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/fixed_avx2.h"

#include <immintrin.h>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstring>

// A function at a time, as model/kernels/fixed_avx512.cc.
#define TACET_AVX2 __attribute__((target("avx2")))

namespace tacet {
namespace {

constexpr int kVectorRows = PanelMatrix::kVectorRows;
constexpr int kBlockPairs = 128;

// The pairs of a block of columns of which an x is not 0.
struct Active {
  int count = 0;
  uint16_t pairs[kBlockPairs];
  int32_t values[kBlockPairs];  // both x, the first in the lower half
};

// Listed without a branch, as ColumnMatrix does.
void List(std::span<const int16_t> x, size_t first, Active* active) {
  const size_t last = std::min(first + kBlockPairs, (x.size() + 1) / 2);
  active->count = 0;
  for (size_t p = first; p < last; ++p) {
    int16_t both[2] = {x[2 * p],
                       2 * p + 1 < x.size() ? x[2 * p + 1] : int16_t{0}};
    int32_t value;
    std::memcpy(&value, both, sizeof(value));
    active->pairs[active->count] = static_cast<uint16_t>(p);
    active->values[active->count] = value;
    active->count += value != 0;
  }
}

// sums[v] += the products of 8 rows each.
template <int kVectors>
TACET_AVX2 void AddPanel(const int8_t* panel, const Active& active,
                         int32_t* acc) {
  constexpr int kStep = 2 * kVectors * kVectorRows;
  __m256i sums[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    sums[v] = _mm256_loadu_si256(
        reinterpret_cast<const __m256i*>(acc + v * kVectorRows));
  }
  for (int i = 0; i < active.count; ++i) {
    const int8_t* w = panel + size_t{active.pairs[i]} * kStep;
    const __m256i x = _mm256_set1_epi32(active.values[i]);
    for (int v = 0; v < kVectors; ++v) {
      const __m256i weights = _mm256_cvtepi8_epi16(_mm_loadu_si128(
          reinterpret_cast<const __m128i*>(w + 2 * v * kVectorRows)));
      sums[v] = _mm256_add_epi32(sums[v], _mm256_madd_epi16(weights, x));
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(acc + v * kVectorRows),
                        sums[v]);
  }
}

using AddPanelOf = void (*)(const int8_t*, const Active&, int32_t*);
constexpr AddPanelOf kAddPanel[] = {nullptr,     AddPanel<1>, AddPanel<2>,
                                    AddPanel<3>, AddPanel<4>, AddPanel<5>,
                                    AddPanel<6>, AddPanel<7>, AddPanel<8>};

}  // namespace

void MultiplyAddAvx2(const PanelMatrix& w, std::span<const int16_t> x,
                     std::span<int32_t> acc) noexcept TACET_REALTIME {
  constexpr int kRows = PanelMatrix::kPanelRows;
  assert(static_cast<int>(x.size() + 1) / 2 == w.num_pairs);
  Active active;
  for (int first = 0; first < w.num_pairs; first += kBlockPairs) {
    List(x, first, &active);
    for (int p = 0; p < w.num_panels; ++p) {
      const size_t row = size_t{kRows} * p;
      const int rows = w.rows_of(p);
      if (row + rows <= acc.size()) {
        kAddPanel[rows / kVectorRows](w.panel(p), active, acc.data() + row);
        continue;
      }
      // The last rows of the last panel are no rows of acc.
      int32_t sums[kRows] = {};
      std::ranges::copy(acc.subspan(row), sums);
      kAddPanel[rows / kVectorRows](w.panel(p), active, sums);
      std::copy_n(sums, acc.size() - row, acc.data() + row);
    }
  }
}

}  // namespace tacet
