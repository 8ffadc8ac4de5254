// SPDX-License-Identifier: Apache-2.0
#include "model/block/fixed_block.h"

#include <algorithm>
#include <cmath>

#include "model/block/fixed_block_kernels.h"
#include "model/fixed/arithmetic.h"
#include "model/kernels/fixed_elementwise.h"

namespace tacet {
namespace {

std::vector<double> Scaled(std::span<const int16_t> values, int size,
                           const auto& shift_of) {
  std::vector<double> scaled(size);
  for (size_t p = 0; p < values.size(); ++p) {
    scaled[p] = std::ldexp(static_cast<double>(values[p]), -shift_of(p));
  }
  return scaled;
}

// |y gate + 2^left x| + half < 2^31, or the parts do apart:
// fixed_block_kernels.
bool IsGateNarrow(const FixedS5Weights& w) {
  const int left = w.x_left_shift, right = w.out_shift;
  if (right > kMaxShift32) return false;
  const int64_t half = right == 0 ? 0 : int64_t{1} << (right - 1);
  const int64_t product = int64_t{kMaxActivation} << kSigmoidExponent;
  if (left >= right) return left - right <= 15 && product + half < 1LL << 31;
  return left <= 16 &&
         product + (int64_t{kMaxActivation} << left) + half < 1LL << 31;
}

FixedBlockWeights::Layer LayerOf(const FixedS5Weights& w, int padded_states) {
  FixedBlockWeights::Layer layer;
  layer.b_re = PairMatrix(w.b_re);
  layer.b_im = PairMatrix(w.b_im);
  layer.c = PairMatrix(w.c_re, &w.c_im, padded_states);
  layer.gate = PairMatrix(w.gate.weight);
  const auto pole = [](size_t) { return kPoleExponent; };
  const auto v = [&](size_t p) { return int{w.v_shift[p]}; };
  layer.a_re = Scaled(w.a_re, padded_states, pole);
  layer.a_im = Scaled(w.a_im, padded_states, pole);
  layer.scale_re = Scaled(w.scale_re, padded_states, v);
  layer.scale_im = Scaled(w.scale_im, padded_states, v);
  layer.r_shift.assign(w.r_shift.begin(), w.r_shift.end());
  layer.r_shift.resize(padded_states);
  layer.is_gate_narrow = IsGateNarrow(w);
  return layer;
}

#if defined(__x86_64__)
// Blocks look nothing up, and need no VBMI.
bool CpuHasAvx512Vnni() noexcept {
  return __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}
#endif

}  // namespace

FixedBlockWeights::FixedBlockWeights(const FixedWeights& fixed)
    : fixed(fixed),
      encoder(fixed.encoder.weight),
      decoder(fixed.decoder.weight),
      padded_features(RoundUpTo8(fixed.num_features)),
      padded_states(RoundUpTo8(fixed.num_states)),
      padded_outputs(RoundUpTo8(static_cast<int>(fixed.decoder.bias.size()))) {
  for (const FixedS5Weights& w : fixed.layers) {
    layers.push_back(LayerOf(w, padded_states));
  }
}

FixedBlockState::FixedBlockState(const FixedBlockWeights& w)
    : s(w.layers.size() * 2 * w.padded_states),
      features(w.padded_features * kBlockTokens),
      x(w.fixed.hidden * kBlockTokens),
      y(w.fixed.hidden * kBlockTokens),
      gate(w.fixed.hidden * kBlockTokens),
      r(2 * w.padded_states * kBlockTokens),
      acc(2 * w.padded_states * kBlockTokens),
      outputs(w.padded_outputs * kBlockTokens) {}

void FixedBlockState::Reset() noexcept TACET_REALTIME {
  std::fill_n(s.data(), s.size(), 0.0);
}

std::span<const FixedBlockKernels> SupportedFixedBlockKernels() {
  static const std::vector<FixedBlockKernels>* const kernels = [] {
    auto* found = new std::vector<FixedBlockKernels>;
#if defined(__x86_64__)
    if (CpuHasAvx512Vnni()) {
      found->push_back(
          {"avx512-vnni", Avx512FixedBlock(), Avx512Elementwise()});
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("bmi2")) {
      found->push_back({"avx2", Avx2FixedBlock(), Avx2Elementwise()});
    }
#elif defined(__aarch64__)
    found->push_back({"neon", NeonFixedBlock(), NeonElementwise()});
#endif
    return found;
  }();
  return *kernels;
}

}  // namespace tacet
