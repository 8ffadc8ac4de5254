// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_FLOAT_KERNELS_H_
#define TACET_MODEL_KERNELS_FLOAT_KERNELS_H_

#include <span>

#include "model/float_kernels.h"
#include "model/weights.h"

namespace tacet {

// All that this CPU can run, the fastest first; the scalar reference is last.
// Thread: any. Realtime-safe: no.
std::span<const FloatKernels> SupportedFloatKernels();

// Lays a matrix, or every one, out as the kernels need it. Of all weights the
// vectors are copied too: but for the scalar kernels, the model file's bytes
// are not read again. Thread: any. Realtime-safe: no.
void PrepareFor(const FloatKernels& kernels, CsrMatrix* matrix);
void PrepareFor(const FloatKernels& kernels, NetworkWeights* weights);

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_FLOAT_KERNELS_H_
