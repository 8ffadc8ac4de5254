// SPDX-License-Identifier: Apache-2.0
// The float network over a block of tokens, for files.
#ifndef TACET_MODEL_BLOCK_FLOAT_BLOCK_H_
#define TACET_MODEL_BLOCK_FLOAT_BLOCK_H_

#include "dsp/realtime.h"
#include "model/block/aligned_array.h"
#include "model/block/float_block_kernels.h"
#include "model/model.h"
#include "model/network.h"

namespace tacet {

// Room for a block; nothing in it lives on.
struct FloatBlockScratch {
  explicit FloatBlockScratch(const ModelMetadata& m);
  AlignedArray<float> features;    // rows [num_features rounded up to 8]
  AlignedArray<float> x, y, gate;  // rows [H]
  AlignedArray<float> v, r;        // rows [2 P]: Re, then Im
  AlignedArray<float> outputs;     // rows [num_outputs rounded up to 8]
};

// Takes n tokens in turn through the network, as Network::Step does with each;
// the products of all tokens are done at once, so that a weight is read once
// for them and needs no look-ups. Sums of another order differ in the last bits
// from those of other kernels.
//   features  [kBlockTokens][RoundUpTo8(num_features)], of which n count
//   outputs   [kBlockTokens][RoundUpTo8(num_outputs)]
// Thread: any. Realtime-safe: yes.
void RunFloatBlock(const FloatBlockKernels& kernels, const Model& model,
                   const float* features, int n, NetworkState& state,
                   FloatBlockScratch& scratch,
                   float* outputs) noexcept TACET_REALTIME;

}  // namespace tacet

#endif  // TACET_MODEL_BLOCK_FLOAT_BLOCK_H_
