// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FIXED_FEATURE_QUANTISER_H_
#define TACET_MODEL_FIXED_FEATURE_QUANTISER_H_

#include <cstdint>
#include <span>

#include "dsp/realtime.h"

namespace tacet {

// q = ⌊2^exponent·f + 1/2⌋, limited to −32767..32767: to the nearest, halves
// up, whatever the processor's rounding mode. In double, where the scaling is
// exact and the sum is rounded only where that cannot change the floor.
//   features  [n] finite     exponent  −16..30     q  [n]
// Thread: any. Realtime-safe: yes.
void QuantiseFeatures(std::span<const float> features, int exponent,
                      std::span<int16_t> q) noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_FEATURE_QUANTISER_H_
