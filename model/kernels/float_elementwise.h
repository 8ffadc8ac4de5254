// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_FLOAT_ELEMENTWISE_H_
#define TACET_MODEL_KERNELS_FLOAT_ELEMENTWISE_H_

#include "model/float_kernels.h"

namespace tacet {

// All entries of a table but its name, the products and the layout, compiled
// for one instruction set; the caller asks the CPU first. States, skips and
// ReLUs have the reference's bits; the exponential of a sigmoid is within one
// unit of the last place (Highway's Exp). GELU and complex masks are the
// reference's. Thread: any. Realtime-safe: yes.
#if defined(__x86_64__)
FloatKernels Avx2FloatElementwise() noexcept;
FloatKernels Avx512FloatElementwise() noexcept;  // F, CD, BW, DQ and VL
#elif defined(__aarch64__)
FloatKernels NeonFloatElementwise() noexcept;
#endif

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_FLOAT_ELEMENTWISE_H_
