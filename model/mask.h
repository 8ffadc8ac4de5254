// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_MASK_H_
#define TACET_MODEL_MASK_H_

#include <complex>
#include <span>

#include "dsp/realtime.h"
#include "model/metadata.h"

namespace tacet {

// Turns the network's outputs o into the mask M of K bins:
//   one-plus  M_k = 1 + o_k
//   sigmoid   M_k = sigmoid(o_k)
//   complex   M_k = sigmoid(o_k)·u/|u|,  u = (1 + o_{K+k}) + j·o_{2K+k}, and
//             u/|u| = 1 where |u| < 1e-6
//   outputs  [K] or, for complex, [3·K]     mask  [K] linear
// Thread: any. Realtime-safe: yes.
void MaskFromOutputs(MaskRule rule, std::span<const float> outputs,
                     std::span<std::complex<float>> mask) noexcept
    TACET_REALTIME;

// What the modulus of no mask of the rule exceeds, but for the rounding of
// floats: 1; for one-plus, which has no bound, far more than a network gives.
float MaxMaskModulus(MaskRule rule);

}  // namespace tacet

#endif  // TACET_MODEL_MASK_H_
