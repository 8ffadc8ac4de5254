// SPDX-License-Identifier: Apache-2.0
#include "dsp/finite_samples.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdint>

#include "dsp/vector_clones.h"

namespace tacet {

namespace {

// Whether |v| <= kMaxAbsSample: as integers, floats without their sign have the
// same order, and infinities and NaN come last.
inline bool IsUsual(float v) noexcept {
  constexpr uint32_t kSign = 0x80000000;
  constexpr auto kMost = std::bit_cast<uint32_t>(kMaxAbsSample);
  return (std::bit_cast<uint32_t>(v) & ~kSign) <= kMost;
}

TACET_VECTOR_CLONES
int CountUnusual(std::span<const float> x) noexcept {
  int count = 0;
  for (const float v : x) count += !IsUsual(v);
  return count;
}

}  // namespace

int MakeFinite(std::span<const float> x, std::span<float> y) noexcept {
  assert(x.size() == y.size());
  // All are looked at first, so that a compiler makes vectors of it.
  const int num_changed = CountUnusual(x);
  if (num_changed == 0) {
    if (x.data() != y.data()) std::ranges::copy(x, y.begin());
    return 0;
  }
  for (size_t n = 0; n < x.size(); ++n) {
    y[n] = IsUsual(x[n]) ? x[n]
           : std::isfinite(x[n])
               ? std::clamp(x[n], -kMaxAbsSample, kMaxAbsSample)
               : 0.0f;
  }
  return num_changed;
}

}  // namespace tacet
