// SPDX-License-Identifier: Apache-2.0
// Compares every vector kernel of the integer network that this machine can run
// with the scalar reference, token by token and in blocks, without the model
// loader and its libraries, so that it is built for any machine
// (scripts/vector_kernels.sh).
//   portable_kernels IMAGE FEATURES.i16
#include <cstdint>
#include <cstdio>
#include <vector>

#include "tests/model/fixed/image.h"
#include "tests/model/fixed/run_tokens.h"

namespace tacet {
namespace {

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
