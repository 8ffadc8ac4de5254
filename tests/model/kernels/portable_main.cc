// SPDX-License-Identifier: Apache-2.0
// Compares every vector kernel of the integer network that this machine can run
// with the scalar reference, token by token and in blocks, without the model
// loader and its libraries, so that it is built for any machine
// (scripts/vector_kernels.sh).
//   portable_kernels IMAGE FEATURES.i16
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "model/block/fixed_block.h"
#include "model/fixed/network.h"
#include "model/kernels/fixed_kernels.h"
#include "tests/model/fixed/image.h"

namespace tacet {
namespace {

using Tokens = std::vector<std::vector<int16_t>>;

Tokens TokenByToken(FixedWeights weights, const FixedKernels& kernels,
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

Tokens InBlocks(const FixedWeights& fixed, RunFixedBlock run,
                const Tokens& features) {
  const FixedBlockWeights weights(fixed);
  const FixedSigmoid sigmoid;
  FixedBlockState state(weights);
  AlignedArray<int16_t> in(kBlockTokens * weights.padded_features);
  AlignedArray<int16_t> out(kBlockTokens * weights.padded_outputs);
  Tokens all;
  for (size_t first = 0; first < features.size(); first += kBlockTokens) {
    const size_t n = std::min<size_t>(kBlockTokens, features.size() - first);
    for (size_t t = 0; t < n; ++t) {
      std::ranges::copy(features[first + t],
                        in.data() + t * weights.padded_features);
    }
    run(weights, sigmoid, in.data(), static_cast<int>(n), state, out.data());
    for (size_t t = 0; t < n; ++t) {
      const int16_t* token = out.data() + t * weights.padded_outputs;
      all.emplace_back(token, token + fixed.decoder.bias.size());
    }
  }
  return all;
}

bool Tell(const char* kind, const char* name, const Tokens& found,
          const Tokens& expected) {
  const bool is_equal = found == expected;
  std::printf("%s %s: %zu tokens %s\n", kind, name, expected.size(),
              is_equal ? "equal" : "DIFFER");
  return is_equal;
}

int Main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::FILE* image = std::fopen(argv[1], "rb");
  std::FILE* file = std::fopen(argv[2], "rb");
  if (image == nullptr || file == nullptr) return 2;
  const FixedWeights weights = ReadImage(image);
  Tokens features;
  std::vector<int16_t> token(weights.num_features);
  while (ReadToken(file, token)) features.push_back(token);
  const Tokens expected = TokenByToken(weights, ScalarFixedKernels(), features);
  bool is_fine = !features.empty();
  for (const FixedKernels& kernels : SupportedFixedKernels()) {
    is_fine &= Tell("kernels", kernels.name,
                    TokenByToken(weights, kernels, features), expected);
  }
  for (const FixedBlockKernels& kernels : SupportedFixedBlockKernels()) {
    is_fine &= Tell("blocks", kernels.name,
                    InBlocks(weights, kernels.run, features), expected);
  }
  return is_fine ? 0 : 1;
}

}  // namespace
}  // namespace tacet

int main(int argc, char** argv) { return tacet::Main(argc, argv); }
