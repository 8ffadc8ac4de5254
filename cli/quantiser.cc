// SPDX-License-Identifier: Apache-2.0
#include "cli/quantiser.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>

namespace tacet {
namespace {

constexpr int kMaxDitheredBits = 16;

}  // namespace

Quantiser::Quantiser(int bits) : bits_(bits) {
  assert(bits >= 8 && bits <= 32);
}

// xorshift64*: Vigna 2016, "An experimental exploration of Marsaglia's
// xorshift generators, scrambled".
double Quantiser::NextUniform() {
  random_ ^= random_ >> 12;
  random_ ^= random_ << 25;
  random_ ^= random_ >> 27;
  const uint64_t word = random_ * 0x2545f4914f6cdd1du;
  return static_cast<double>(word >> 11) * 0x1p-53;
}

void Quantiser::Quantise(std::span<const float> x, std::span<int32_t> y) {
  assert(x.size() == y.size());
  const double full_scale = std::ldexp(1.0, bits_ - 1);
  const int64_t unit = int64_t{1} << (32 - bits_);
  for (size_t i = 0; i < x.size(); ++i) {
    const double scaled = std::isfinite(x[i]) ? x[i] * full_scale : 0.0;
    if (scaled > full_scale - 0.5 || scaled < -full_scale - 0.5) {
      ++num_clipped_;
    }
    double dither = 0.0;
    if (bits_ <= kMaxDitheredBits) {
      dither = NextUniform();
      dither -= NextUniform();
    }
    const double rounded = std::floor(scaled + dither + 0.5);
    y[i] = static_cast<int32_t>(unit *
                                static_cast<int64_t>(std::clamp(
                                    rounded, -full_scale, full_scale - 1.0)));
  }
}

}  // namespace tacet
