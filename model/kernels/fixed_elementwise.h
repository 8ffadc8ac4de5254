// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_FIXED_ELEMENTWISE_H_
#define TACET_MODEL_KERNELS_FIXED_ELEMENTWISE_H_

#include "model/fixed/kernels.h"

namespace tacet {

// All entries of a table but its name, products and layout, compiled
// for one instruction set; the caller asks the CPU first. What the reference
// does in integers of 64 bits is done here in doubles, which is exact: no
// number has more than 49 significant bits (docs/fixed-point.md has the
// bounds), and powers of two only move them.
// Thread: any. Realtime-safe: yes.
#if defined(__x86_64__)
FixedKernels Avx2Elementwise() noexcept;
FixedKernels Avx512Elementwise() noexcept;  // F, CD, BW, DQ and VL
#elif defined(__aarch64__)
FixedKernels NeonElementwise() noexcept;
#endif

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_FIXED_ELEMENTWISE_H_
