// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_FLOAT_AVX2_H_
#define TACET_MODEL_KERNELS_FLOAT_AVX2_H_

#include <span>

#include "dsp/realtime.h"
#include "model/csr_matrix.h"

namespace tacet {

// FloatKernels by permutes; w.permuted is set. A look-up (vpermps) gives 8 rows
// an activation each, of any of the 8 columns of a window; then they are
// multiplied and added. Needs a CPU with AVX2 and FMA.
// Thread: any. Realtime-safe: yes.
void MultiplyAvx2(const CsrMatrix& w, std::span<const float> x,
                  std::span<const float> bias,
                  std::span<float> y) noexcept TACET_REALTIME;
void MultiplyAddAvx2(const CsrMatrix& w, std::span<const float> x,
                     std::span<float> y) noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_FLOAT_AVX2_H_
