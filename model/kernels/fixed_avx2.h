// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_FIXED_AVX2_H_
#define TACET_MODEL_KERNELS_FIXED_AVX2_H_

#include <cstdint>
#include <span>

#include "dsp/realtime.h"
#include "model/kernels/panel_matrix.h"
#include "model/kernels/shuffle_matrix.h"

namespace tacet {

// acc += W x: as FixedKernels::multiply_add. Needs a CPU with AVX2.
// Thread: any. Realtime-safe: yes.
void MultiplyAddAvx2(const PanelMatrix& w, std::span<const int16_t> x,
                     std::span<int32_t> acc) noexcept TACET_REALTIME;
void MultiplyAddAvx2(const ShuffleMatrix& w, std::span<const int16_t> x,
                     std::span<int32_t> acc) noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_FIXED_AVX2_H_
