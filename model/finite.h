// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FINITE_H_
#define TACET_MODEL_FINITE_H_

#include <bit>
#include <cstdint>
#include <span>

#include "dsp/realtime.h"

namespace tacet {

// Whether no value is infinite or NaN. It looks at all of them, so that a
// compiler makes vectors of the loop. Thread: any. Realtime-safe: yes.
inline bool AllFinite(std::span<const float> values) noexcept TACET_REALTIME {
  constexpr uint32_t kExponent = 0x7f800000;
  uint32_t num_others = 0;
  for (const float v : values) {
    num_others += (std::bit_cast<uint32_t>(v) & kExponent) == kExponent;
  }
  return num_others == 0;
}

}  // namespace tacet

#endif  // TACET_MODEL_FINITE_H_
