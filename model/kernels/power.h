// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_POWER_H_
#define TACET_MODEL_KERNELS_POWER_H_

#include <span>

#include "dsp/realtime.h"

namespace tacet {

// y[k] = x[k]^p within one unit of the last place of a float.
//   x  [n] 0 or more, finite     p  0..8     y  [n], may be x
// In doubles: log2 by the series of artanh, 2^f by that of exp, both to 1e-9,
// and the same operations in the same order on every instruction set, so that
// the bits do not depend on processor, compiler or library.
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
