// SPDX-License-Identifier: Apache-2.0
// Keeps one broken sample from poisoning every state behind it.
#ifndef TACET_DSP_FINITE_SAMPLES_H_
#define TACET_DSP_FINITE_SAMPLES_H_

#include <span>

#include "dsp/realtime.h"

namespace tacet {

// Largest |x| let through: 2^24, 144 dB above full scale. Real audio, even
// samples scaled like 16- or 24-bit integers by mistake, stays within it;
// beyond, a sample is debris. The energy of a frame at the bound still fits a
// float.
inline constexpr float kMaxAbsSample = 16777216.0f;

// y[n] = 0 where x[n] is NaN or infinite, else x[n] limited to
// +-kMaxAbsSample.  Returns how many samples it changed.
//   x [n]  y [n]; they may be the same buffer.
// Thread: any.  Realtime-safe: yes.
int MakeFinite(std::span<const float> x,
               std::span<float> y) noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_DSP_FINITE_SAMPLES_H_
