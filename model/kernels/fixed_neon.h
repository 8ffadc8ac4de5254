// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_FIXED_NEON_H_
#define TACET_MODEL_KERNELS_FIXED_NEON_H_

#include <cstdint>
#include <span>

#include "dsp/realtime.h"
#include "model/kernels/table_matrix.h"

namespace tacet {

// acc += W x: as FixedKernels::multiply_add. Needs a CPU of arm64.
// Thread: any. Realtime-safe: yes.
void MultiplyAddNeon(const TableMatrix& w, std::span<const int16_t> x,
                     std::span<int32_t> acc) noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_FIXED_NEON_H_
