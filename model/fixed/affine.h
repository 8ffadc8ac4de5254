// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FIXED_AFFINE_H_
#define TACET_MODEL_FIXED_AFFINE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/fixed/kernels.h"
#include "model/fixed/matrix.h"

namespace tacet {

// W x + b with an exponent for each row. The loader has proved, for each row r,
//   |bias[r]| + 32767·Σ_i |w[r,i]| + 2^(shift[r]−1) < 2^31.
struct FixedAffine {
  FixedMatrix weight;
  std::span<const int32_t> bias;  // [num_rows], in units of the accumulator
  std::vector<uint8_t> shift;     // [num_rows] accumulator to output, 0..30
};

// y[r] = saturate(round(acc[r]/2^shift[r])), and the same with max(·, 0).
//   acc, shift, y  [n]
// Thread: any. Realtime-safe: yes.
void RoundToActivation(std::span<const int32_t> acc,
                       std::span<const uint8_t> shift,
                       std::span<int16_t> y) noexcept TACET_REALTIME;
void RoundToRelu(std::span<const int32_t> acc, std::span<const uint8_t> shift,
                 std::span<int16_t> y) noexcept TACET_REALTIME;

// y[r] = saturate(round(acc[r]/2^shift[r])), acc = b + W x
//   x  [num_columns]     acc  [num_rows] left with the sums     y  [num_rows]
// Thread: any. Realtime-safe: yes.
void Apply(const FixedAffine& w, const FixedKernels& kernels,
           std::span<const int16_t> x, std::span<int32_t> acc,
           std::span<int16_t> y) noexcept TACET_REALTIME;

// The same with max(·, 0).
void ApplyRelu(const FixedAffine& w, const FixedKernels& kernels,
               std::span<const int16_t> x, std::span<int32_t> acc,
               std::span<int16_t> y) noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_AFFINE_H_
