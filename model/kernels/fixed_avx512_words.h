// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_KERNELS_FIXED_AVX512_WORDS_H_
#define TACET_MODEL_KERNELS_FIXED_AVX512_WORDS_H_

#include <cstdint>
#include <span>

#include "dsp/realtime.h"
#include "model/fixed/matrix.h"

namespace tacet {

// As fixed_avx512.h, for processors without permutes of bytes (VBMI): 64 values
// of x lie in two registers as they are, and w.sliced has that reach. vpermi2w
// reads six bits of every 16, so that a step's columns look up its even entries
// as they lie and the odd ones shifted by 8; each half is multiplied with its
// weights and added in pairs (vpmaddwd) to 16 sums.
// Needs a CPU with AVX-512 F and BW. Thread: any. Realtime-safe: yes.
void MultiplyAddAvx512Words(const FixedMatrix& w, std::span<const int16_t> x,
                            std::span<int32_t> acc) noexcept TACET_REALTIME;

// acc = start + W x, likewise.
void MultiplyAvx512Words(const FixedMatrix& w, std::span<const int16_t> x,
                         std::span<const int32_t> start,
                         std::span<int32_t> acc) noexcept TACET_REALTIME;

// Whether this CPU can, and Avx512Elementwise too.
bool CpuHasAvx512Words() noexcept;

}  // namespace tacet

#endif  // TACET_MODEL_KERNELS_FIXED_AVX512_WORDS_H_
