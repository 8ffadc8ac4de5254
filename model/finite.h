// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FINITE_H_
#define TACET_MODEL_FINITE_H_

#include <span>

#include "dsp/realtime.h"

namespace tacet {

// Whether no value is infinite or NaN. It looks at all of them, so that a
// compiler makes vectors of the loop. Thread: any. Realtime-safe: yes.
bool AllFinite(std::span<const float> values) noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_FINITE_H_
