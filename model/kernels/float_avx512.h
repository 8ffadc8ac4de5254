// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_FLOAT_AVX512_H_
#define TACET_MODEL_KERNELS_FLOAT_AVX512_H_

#include <span>

#include "dsp/realtime.h"
#include "model/csr_matrix.h"

namespace tacet {

// FloatKernels by permutes; w.sliced is set, in blocks of 32 columns. The x of
// a block lie in two registers, and a step looks up 16 of them (vpermi2ps) and
// multiplies and adds (vfmadd) at once.
// Thread: any. Realtime-safe: yes.
void MultiplyAvx512(const CsrMatrix& w, std::span<const float> x,
                    std::span<const float> bias,
                    std::span<float> y) noexcept TACET_REALTIME;
void MultiplyAddAvx512(const CsrMatrix& w, std::span<const float> x,
                       std::span<float> y) noexcept TACET_REALTIME;

// Whether this CPU can.
bool CpuHasAvx512ForFloat() noexcept;

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_FLOAT_AVX512_H_
