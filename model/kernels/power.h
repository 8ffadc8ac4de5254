// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_POWER_H_
#define TACET_MODEL_KERNELS_POWER_H_

#include <span>

#include "dsp/realtime.h"

namespace tacet {

// y[k] = x[k]^p within one unit of the last place of a float; 0 where x[k]^p is
// less than the least normal one.
//   x  [n] 0 or more, below 2^15     p  0..8     y  [n], may be x
// In floats: with x = 2^e m_i (1 + r), m_i the middle of a 16th,
//   p log2 x = p (e + log2 m_i) + p log2(1 + r),   2^t = 2^(n/16) 2^f
// by tables of 16 and short series. e + log2 m_i is split into a part whose
// product with the upper bits of p is exact and a small rest, so that f has an
// error of 1e-8. The same operations in the same order on every instruction
// set, so that the bits do not depend on processor, compiler or library.
// Thread: any. Realtime-safe: yes.
void Power(std::span<const float> x, double p,
           std::span<float> y) noexcept TACET_REALTIME;

// The same without vector instructions.
void ScalarPower(std::span<const float> x, double p,
                 std::span<float> y) noexcept TACET_REALTIME;

struct PowerKernels {
  const char* name;
  void (*power)(std::span<const float> x, double p,
                std::span<float> y) noexcept;  // as Power
};

// All that this CPU can run, the fastest first, which Power is; the scalar
// reference is last. Thread: any. Realtime-safe: yes.
std::span<const PowerKernels> SupportedPowerKernels() noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_POWER_H_
