// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_BLOCK_FIXED_BLOCK_KERNELS_H_
#define TACET_MODEL_BLOCK_FIXED_BLOCK_KERNELS_H_

#include "model/block/fixed_block.h"

namespace tacet {

// For one instruction set each; the caller asks the CPU first.
// Thread: any. Realtime-safe: yes.
#if defined(__x86_64__)
RunFixedBlock Avx2FixedBlock() noexcept;
RunFixedBlock Avx512FixedBlock() noexcept;  // F, CD, BW, DQ, VL and VNNI
#elif defined(__aarch64__)
RunFixedBlock NeonFixedBlock() noexcept;
#endif

}  // namespace tacet

#endif  // TACET_MODEL_BLOCK_FIXED_BLOCK_KERNELS_H_
