// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FIXED_SIGMOID_H_
#define TACET_MODEL_FIXED_SIGMOID_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "dsp/realtime.h"
#include "model/fixed/arithmetic.h"

namespace tacet {

// 2^15·sigmoid(x/2^11) for 16-bit x, by a table and linear interpolation:
//   T[i] = ⌊2^15·sigmoid(i/32) + 1/2⌋, i = 0..512
//   v    = T[i] + ((T[i+1] − T[i])·f + 32 >> 6),  |x| = 64 i + f, f = 0..63
//   result = min(v, 32767) for x ≥ 0, 32768 − v for x < 0
// It never falls as x rises, is symmetric about 1/2 but for the one step at the
// top, and lies within 1.5 units of the sigmoid of x.
// No T[i] is nearer than 1e-4 to where the rounding turns, so every library's
// exp gives the same table (sigmoid_test.cc).
// Thread: any (immutable).
class FixedSigmoid {
 public:
  static constexpr int kNumEntries = 513;
  // From the last of so many on T is 2^15.
  static constexpr int kNumVarying = 384;
  static constexpr int kFractionBits = 6;

  FixedSigmoid();

  // Realtime-safe: yes.
  int16_t operator()(int16_t x) const noexcept TACET_REALTIME {
    const int32_t size = x < 0 ? -int32_t{x} : int32_t{x};
    const size_t i = size >> kFractionBits;
    const int32_t f = size & ((1 << kFractionBits) - 1);
    const int32_t low = table_[i], high = table_[i + 1];
    const int32_t v = low + RoundShift((high - low) * f, kFractionBits);
    const int32_t one = 1 << kSigmoidExponent;
    return static_cast<int16_t>(x < 0 ? one - v : std::min(v, one - 1));
  }

  const std::array<uint16_t, kNumEntries>& table() const { return table_; }
  // T[i] + 2^16·(T[i+1] − T[i]), i = 0..511: what one look-up needs.
  const std::array<int32_t, kNumEntries - 1>& steps() const { return steps_; }

 private:
  std::array<uint16_t, kNumEntries> table_;
  std::array<int32_t, kNumEntries - 1> steps_;
};

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_SIGMOID_H_
