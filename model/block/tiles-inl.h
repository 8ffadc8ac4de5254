// SPDX-License-Identifier: Apache-2.0
// Transposes, for the instruction set that Highway compiles for when this is
// included. Vectors of 128 bits, which all have.
#include <cstddef>
#include <cstdint>

#if defined(TACET_MODEL_BLOCK_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TACET_MODEL_BLOCK_TILES_INL_H_
#undef TACET_MODEL_BLOCK_TILES_INL_H_
#else
#define TACET_MODEL_BLOCK_TILES_INL_H_
#endif

#include "hwy/highway.h"

#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace tacet {
namespace HWY_NAMESPACE {
namespace {  // NOLINT(google-build-namespaces): of each instruction set

// to[c][r] = from[r][c], 4 x 4 values of 32 bits. Strides in values.
template <typename T>
inline void Transpose4(const T* from, size_t from_stride, T* to,
                       size_t to_stride) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::Full128<T> d;
  const hn::Full128<uint64_t> d2;
  const auto a = hn::LoadU(d, from), b = hn::LoadU(d, from + from_stride);
  const auto c = hn::LoadU(d, from + 2 * from_stride);
  const auto e = hn::LoadU(d, from + 3 * from_stride);
  const auto ac_low = hn::BitCast(d2, hn::InterleaveLower(d, a, b));
  const auto ac_high = hn::BitCast(d2, hn::InterleaveUpper(d, a, b));
  const auto ce_low = hn::BitCast(d2, hn::InterleaveLower(d, c, e));
  const auto ce_high = hn::BitCast(d2, hn::InterleaveUpper(d, c, e));
  const auto store = [&](auto v, size_t row) {
    hn::StoreU(hn::BitCast(d, v), d, to + row * to_stride);
  };
  store(hn::InterleaveLower(d2, ac_low, ce_low), 0);
  store(hn::InterleaveUpper(d2, ac_low, ce_low), 1);
  store(hn::InterleaveLower(d2, ac_high, ce_high), 2);
  store(hn::InterleaveUpper(d2, ac_high, ce_high), 3);
}

// The same of 8 x 8 values of 16 bits: zipping rows i and i + 4, three times.
inline void Transpose8(const int16_t* from, size_t from_stride, int16_t* to,
                       size_t to_stride) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::Full128<int16_t> d;
  hn::Vec<hn::Full128<int16_t>> a[8], b[8];
  for (size_t i = 0; i < 8; ++i) a[i] = hn::LoadU(d, from + i * from_stride);
  for (int round = 0; round < 3; ++round) {
    for (size_t i = 0; i < 4; ++i) {
      b[2 * i] = hn::InterleaveLower(d, a[i], a[i + 4]);
      b[2 * i + 1] = hn::InterleaveUpper(d, a[i], a[i + 4]);
    }
    for (size_t i = 0; i < 8; ++i) a[i] = b[i];
  }
  for (size_t i = 0; i < 8; ++i) hn::StoreU(a[i], d, to + i * to_stride);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tacet
HWY_AFTER_NAMESPACE();
#endif

#endif  // TACET_MODEL_BLOCK_TILES_INL_H_
