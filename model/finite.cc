// SPDX-License-Identifier: Apache-2.0
#include "model/finite.h"

#include <bit>
#include <cstdint>

#include "dsp/vector_clones.h"

namespace tacet {
namespace {

TACET_VECTOR_CLONES
uint32_t CountNonFinite(std::span<const float> values) noexcept TACET_REALTIME {
  constexpr uint32_t kExponent = 0x7f800000;
  uint32_t count = 0;
  for (const float v : values) {
    count += (std::bit_cast<uint32_t>(v) & kExponent) == kExponent;
  }
  return count;
}

}  // namespace

bool AllFinite(std::span<const float> values) noexcept TACET_REALTIME {
  return CountNonFinite(values) == 0;
}

}  // namespace tacet
