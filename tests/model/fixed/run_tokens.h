// SPDX-License-Identifier: Apache-2.0
// Tokens through the integer network, one by one and in blocks.
#ifndef TACET_TESTS_MODEL_FIXED_RUN_TOKENS_H_
#define TACET_TESTS_MODEL_FIXED_RUN_TOKENS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/block/fixed_block.h"
#include "model/fixed/network.h"
#include "model/kernels/fixed_kernels.h"
#include "tests/model/fixed/random_tokens.h"

namespace tacet {

// The outputs of each.
inline Tokens TokenByToken(FixedWeights weights, const FixedKernels& kernels,
                           const Tokens& features) {
  PrepareFor(kernels, &weights);
  const FixedSigmoid sigmoid;
  FixedState state(weights);
  FixedScratch scratch(weights);
  std::vector<int16_t> outputs(weights.decoder.bias.size());
  Tokens all;
  for (const auto& token : features) {
    StepFixedNetwork(weights, kernels, sigmoid, token, state, scratch, outputs);
    all.push_back(outputs);
  }
  return all;
}

// In blocks of 1, 2, 4, ... 32, 7, 14, 28, 32, 7, ...
inline Tokens InBlocks(const FixedWeights& fixed, RunFixedBlock run,
                       const Tokens& features) {
  const FixedBlockWeights weights(fixed);
  const FixedSigmoid sigmoid;
  FixedBlockState state(weights);
  AlignedArray<int16_t> in(kBlockTokens * weights.padded_features);
  AlignedArray<int16_t> out(kBlockTokens * weights.padded_outputs);
  Tokens all;
  int length = 1;
  for (size_t first = 0; first < features.size();) {
    const int n = std::min<int>(length, features.size() - first);
    for (int t = 0; t < n; ++t) {
      std::ranges::copy(features[first + t],
                        in.data() + t * weights.padded_features);
    }
    run(weights, sigmoid, in.data(), n, state, out.data());
    for (int t = 0; t < n; ++t) {
      const int16_t* token = out.data() + t * weights.padded_outputs;
      all.emplace_back(token, token + fixed.decoder.bias.size());
    }
    first += n;
    length = length == kBlockTokens ? 7 : std::min(2 * length, kBlockTokens);
  }
  return all;
}

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_FIXED_RUN_TOKENS_H_
