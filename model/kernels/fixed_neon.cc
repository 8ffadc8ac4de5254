// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/fixed_neon.h"

#include <arm_neon.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>

namespace tacet {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr int kVectorRows = TableMatrix::kVectorRows;
constexpr int kBandRows = TableMatrix::kBandRows;
constexpr int kStepSize = TableMatrix::kStepSize;

// The steps of a band.
struct Band {
  const uint16_t* windows;
  const uint8_t* bytes;
  const int8_t* weights;
  int num_steps;
};

// Of 8 rows.
struct Sums {
  int32x4_t first, last;
};

// Adds an entry of each row.
inline void AddEntries(uint8x16x4_t x, const uint8_t* bytes,
                       const int8_t* weights, Sums* sums) {
  const int16x8_t values = vreinterpretq_s16_u8(vqtbl4q_u8(x, vld1q_u8(bytes)));
  const int16x8_t wide = vmovl_s8(vld1_s8(weights));
  sums->first =
      vmlal_s16(sums->first, vget_low_s16(values), vget_low_s16(wide));
  sums->last = vmlal_high_s16(sums->last, values, wide);
}

inline void AddStep(uint8x16x4_t x, const uint8_t* bytes, const int8_t* weights,
                    Sums* sums) {
  static_assert(TableMatrix::kDepth == 2);
  AddEntries(x, bytes, weights, sums);
  AddEntries(x, bytes + 2 * kVectorRows, weights + kVectorRows, sums);
}

// acc += the products of 8 rows for each of V: 0, 1, ...
template <int... V>
void AddBand(Band band, const int16_t* x, int32_t* acc) {
  Sums sums[] = {{vld1q_s32(acc + V * kVectorRows),
                  vld1q_s32(acc + V * kVectorRows + 4)}...};
  for (int s = 0; s < band.num_steps; ++s) {
    const uint8x16x4_t window =
        vld1q_u8_x4(reinterpret_cast<const uint8_t*>(x + band.windows[s]));
    (AddStep(window, band.bytes + 2 * kStepSize * V,
             band.weights + kStepSize * V, &sums[V]),
     ...);
    band.bytes += 2 * kStepSize * sizeof...(V);
    band.weights += kStepSize * sizeof...(V);
  }
  (vst1q_s32(acc + V * kVectorRows, sums[V].first), ...);
  (vst1q_s32(acc + V * kVectorRows + 4, sums[V].last), ...);
}

using AddBandOf = void (*)(Band, const int16_t*, int32_t*);
constexpr AddBandOf kAddBand[] = {nullptr, AddBand<0>, AddBand<0, 1>,
                                  AddBand<0, 1, 2>, AddBand<0, 1, 2, 3>};

}  // namespace

void MultiplyAddNeon(const TableMatrix& w, std::span<const int16_t> x,
                     std::span<int32_t> acc) noexcept TACET_REALTIME {
  assert(static_cast<int>(x.size()) == w.num_columns);
  int16_t few[TableMatrix::kWindowColumns] = {};
  const int16_t* from = x.data();
  if (x.size() < std::size(few)) {
    std::ranges::copy(x, few);
    from = few;
  }
  Band band = {w.windows.data(), w.bytes.data(), w.weights.data(), 0};
  for (int b = 0; b < w.num_bands; ++b) {
    const int vectors = w.vectors_of(b);
    const size_t row = size_t{kBandRows} * b;
    band.num_steps = w.num_steps[b];
    if (row + vectors * kVectorRows <= acc.size()) {
      kAddBand[vectors](band, from, acc.data() + row);
    } else {
      // The last rows of the last band are no rows of acc.
      int32_t sums[kBandRows] = {};
      std::ranges::copy(acc.subspan(row), sums);
      kAddBand[vectors](band, from, sums);
      std::copy_n(sums, acc.size() - row, acc.data() + row);
    }
    const size_t size = size_t{kStepSize} * vectors * band.num_steps;
    band.windows += band.num_steps;
    band.bytes += 2 * size;
    band.weights += size;
  }
}

}  // namespace tacet
