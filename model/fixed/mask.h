// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FIXED_MASK_H_
#define TACET_MODEL_FIXED_MASK_H_

#include <complex>
#include <cstdint>
#include <span>

#include "dsp/realtime.h"
#include "model/fixed/sigmoid.h"
#include "model/mask_rule.h"

namespace tacet {

// Turns the integer outputs o into the mask M of K bins, with e the exponent of
// outputs that are no sigmoid's argument and g = sigmoid(o_k) as an integer:
//   one-plus  M_k = (2^e + o_k) / 2^e
//   sigmoid   M_k = g / 2^15
//   complex   M_k = g / 2^15 · u/|u|,  u = (2^e + o_{K+k}) + j·o_{2K+k}, and
//             u/|u| = 1 where u = 0
// The first two are exact. The third is (g·Re u)/|u|/2^15 in double, with |u|
// the root of an exact integer: IEEE 754 rounds root and division correctly, so
// it too has the same bits on every machine.
//   outputs  [K] or, for complex, [3·K]     mask  [K] linear     e  0..15
// Thread: any. Realtime-safe: yes.
void MaskFromFixedOutputs(
    MaskRule rule, int output_exponent, const FixedSigmoid& sigmoid,
    std::span<const int16_t> outputs,
    std::span<std::complex<float>> mask) noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_MASK_H_
