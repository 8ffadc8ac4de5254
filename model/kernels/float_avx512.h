// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_FLOAT_AVX512_H_
#define TACET_MODEL_KERNELS_FLOAT_AVX512_H_

#include <span>

#include "dsp/realtime.h"
#include "model/csr_matrix.h"

namespace tacet {

// FloatKernels by permutes; w.windows is set. The x of a block are cut into
// four planes, one for each byte of a float, so that two registers hold a byte
// of 128 of them. A look-up of bytes (vpermi2b) in each plane, and
// interleaving, give 64 floats, of any of those columns; then they are
// multiplied and added. Thread: any. Realtime-safe: yes.
void MultiplyAvx512(const CsrMatrix& w, std::span<const float> x,
                    std::span<const float> bias,
                    std::span<float> y) noexcept TACET_REALTIME;
void MultiplyAddAvx512(const CsrMatrix& w, std::span<const float> x,
                       std::span<float> y) noexcept TACET_REALTIME;

// Whether this CPU can: F, CD, BW, DQ, VL and VBMI.
bool CpuHasAvx512ForFloat() noexcept;

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_FLOAT_AVX512_H_
