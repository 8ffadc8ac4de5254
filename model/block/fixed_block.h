// SPDX-License-Identifier: Apache-2.0
// The integer network over a block of tokens, for files.
#ifndef TACET_MODEL_BLOCK_FIXED_BLOCK_H_
#define TACET_MODEL_BLOCK_FIXED_BLOCK_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dsp/realtime.h"
#include "model/block/aligned_array.h"
#include "model/block/block_size.h"
#include "model/block/pair_matrix.h"
#include "model/fixed/kernels.h"
#include "model/fixed/sigmoid.h"
#include "model/fixed/weights.h"

namespace tacet {

// FixedWeights, which outlive it, laid out for blocks.
struct FixedBlockWeights {
  struct Layer {
    PairMatrix b_re, b_im;
    PairMatrix c;  // c_re, and c_im from column RoundUpTo8(P) on
    PairMatrix gate;
    // [RoundUpTo8(P)] a/2^15 and scale/2^v_shift, which doubles hold exactly;
    // what is beyond P is 0.
    std::vector<double> a_re, a_im, scale_re, scale_im;
    std::vector<int32_t> r_shift;
    // Whether 32 bits hold every sum of add_gated; the loader leaves it open.
    bool is_gate_narrow = false;
  };

  explicit FixedBlockWeights(const FixedWeights& fixed);

  const FixedWeights& fixed;
  PairMatrix encoder, decoder;
  std::vector<Layer> layers;
  int padded_features, padded_states, padded_outputs;
};

// One channel's state, and room for a block. Rows hold kBlockTokens values.
struct FixedBlockState {
  explicit FixedBlockState(const FixedBlockWeights& w);
  void Reset() noexcept TACET_REALTIME;

  // [layers][2][padded_states] whole numbers
  AlignedArray<double> s;
  AlignedArray<int16_t> features;    // rows [padded_features]
  AlignedArray<int16_t> x, y, gate;  // rows [H]
  AlignedArray<int16_t> r;           // rows [2·padded_states]
  AlignedArray<int32_t> acc;         // rows [2·padded_states]
  AlignedArray<int16_t> outputs;     // rows [padded_outputs]
};

// Takes n tokens in turn through the network: what StepFixedNetwork gives for
// each, to the bit. The products of all tokens are done at once, so that a
// weight is read once for them and needs no look-ups; the states go on token by
// token.
//   features  [n][padded_features]     n  1..kBlockTokens
//   outputs   [kBlockTokens][padded_outputs]
// Thread: any. Realtime-safe: yes.
using RunFixedBlock = void (*)(const FixedBlockWeights& w,
                               const FixedSigmoid& sigmoid,
                               const int16_t* features, int n,
                               FixedBlockState& state,
                               int16_t* outputs) noexcept;

// All that this CPU can run, the fastest first; may be none.
struct FixedBlockKernels {
  const char* name;
  RunFixedBlock run;
  // What goes token by token: quantise, mask.
  FixedKernels elementwise;
};
std::span<const FixedBlockKernels> SupportedFixedBlockKernels();

}  // namespace tacet

#endif  // TACET_MODEL_BLOCK_FIXED_BLOCK_H_
