// SPDX-License-Identifier: Apache-2.0
// The integer operations of docs/fixed-point.md. C++20 defines >> of a negative
// number as the arithmetic shift, so that each is one result on every machine.
// Thread: any. Realtime-safe: yes.
#ifndef TACET_MODEL_FIXED_ARITHMETIC_H_
#define TACET_MODEL_FIXED_ARITHMETIC_H_

#include <algorithm>
#include <cassert>
#include <cstdint>

#include "dsp/realtime.h"

namespace tacet {

// Activations are 16 bits, symmetric: −32768 does not occur.
inline constexpr int32_t kMaxActivation = 32767;
// Weights are 8 bits, symmetric: −128 does not occur.
inline constexpr int32_t kMaxWeight = 127;
// a, scale and d are 16 bits, symmetric.
inline constexpr int32_t kMaxFactor = 32767;
// Fractional bits of a, of a sigmoid's value, and of a sigmoid's argument.
inline constexpr int kPoleExponent = 15;
inline constexpr int kSigmoidExponent = 15;
inline constexpr int kLogitExponent = 11;
// Largest right shift of a 32-bit and of a 64-bit accumulator.
inline constexpr int kMaxShift32 = 30;
inline constexpr int kMaxShift64 = 46;

// ⌊x/2^shift + 1/2⌋: to the nearest, halves up. Shift 0 leaves x.
//   shift  0..30. |x| + 2^(shift−1) < 2^31, which the loader proves
constexpr int32_t RoundShift(int32_t x, int shift) noexcept TACET_REALTIME {
  assert(shift >= 0 && shift <= kMaxShift32);
  return shift == 0 ? x : (x + (int32_t{1} << (shift - 1))) >> shift;
}

// The same in 64 bits.  |x| < 2^62, shift 0..46
constexpr int64_t RoundShift64(int64_t x, int shift) noexcept TACET_REALTIME {
  assert(shift >= 0 && shift <= kMaxShift64);
  return shift == 0 ? x : (x + (int64_t{1} << (shift - 1))) >> shift;
}

// x/2^shift, cut off towards zero: the modulus never grows.  |x| < 2^62
constexpr int64_t TruncateShift(int64_t x, int shift) noexcept TACET_REALTIME {
  return x >= 0 ? x >> shift : -(-x >> shift);
}

constexpr int64_t Saturate(int64_t x, int64_t limit) noexcept TACET_REALTIME {
  return std::clamp(x, -limit, limit);
}

constexpr int16_t SaturateToActivation(int64_t x) noexcept TACET_REALTIME {
  return static_cast<int16_t>(Saturate(x, kMaxActivation));
}

// max(·, 0) of an activation.
constexpr int16_t SaturateToRelu(int64_t x) noexcept TACET_REALTIME {
  return static_cast<int16_t>(std::clamp<int64_t>(x, 0, kMaxActivation));
}

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_ARITHMETIC_H_
