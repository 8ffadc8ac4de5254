// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_FIXED_KERNELS_H_
#define TACET_MODEL_KERNELS_FIXED_KERNELS_H_

#include <span>

#include "model/fixed/kernels.h"
#include "model/fixed/weights.h"

namespace tacet {

// All that this CPU can run, the fastest first; the scalar reference is last.
// Every one gives the same integers. Thread: any. Realtime-safe: no.
std::span<const FixedKernels> SupportedFixedKernels();

// Lays a matrix, or every one, out as the kernels need it. Of all weights the
// vectors are copied too: but for the scalar kernels, the model file's bytes
// are not read again.
//   zeros  part of the matrix's x that is 0, about: some layouts skip them
// Thread: any. Realtime-safe: no.
void PrepareFor(const FixedKernels& kernels, double zeros, FixedMatrix* matrix);
void PrepareFor(const FixedKernels& kernels, FixedWeights* weights);

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_FIXED_KERNELS_H_
