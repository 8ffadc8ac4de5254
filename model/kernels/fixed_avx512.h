// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_FIXED_AVX512_H_
#define TACET_MODEL_KERNELS_FIXED_AVX512_H_

#include <cstdint>
#include <span>

#include "dsp/realtime.h"
#include "model/fixed/matrix.h"

namespace tacet {

// acc += W x by byte permutes, as FixedKernels::multiply_add; w.sliced is set.
//
// x lies in registers as two planes of bytes, lower and upper. A step looks up
// 64 entries of each plane (vpermi2b reads 128 bytes) and adds their products
// with the weights to 16 sums (vpdpbusd multiplies unsigned by signed bytes, so
// the upper plane is x/256 + 128, and the slices' correction takes the 128 out
// again):
//
//   acc_r = Σ_i w_i lo(x_i) + 256·(Σ_i w_i (hi(x_i) + 128)) − 128·256·Σ_i w_i
//
// The parts may wrap around; the sum, which fits (FixedAffine), does not.
// Needs a CPU with AVX-512 F, BW, VBMI and VNNI.
// Thread: any. Realtime-safe: yes.
void MultiplyAddAvx512(const FixedMatrix& w, std::span<const int16_t> x,
                       std::span<int32_t> acc) noexcept TACET_REALTIME;

// acc = start + W x, likewise.
void MultiplyAvx512(const FixedMatrix& w, std::span<const int16_t> x,
                    std::span<const int32_t> start,
                    std::span<int32_t> acc) noexcept TACET_REALTIME;

// Whether this CPU can, and Avx512Elementwise too.
bool CpuHasAvx512ForFixed() noexcept;

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_FIXED_AVX512_H_
