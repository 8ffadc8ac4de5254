// SPDX-License-Identifier: Apache-2.0
// Hashes every stage of a model's integer network on a feature file, as
// tests/model/fixed/portable_main.cc does, but on the vector kernels of this
// CPU and on the simulated chip.
//   network_stages MODEL.tacet FEATURES.i16 KERNELS|simulator
//   network_stages            prints what KERNELS may be here, and simulator
#include <cstdio>
#include <cstring>
#include <vector>

#include "chips/chip_file.h"
#include "model/fixed/estimator.h"
#include "model/kernels/fixed_kernels.h"
#include "model/model.h"
#include "model/neuromorphic/estimator.h"
#include "tests/model/neuromorphic/simulator_hash.h"

namespace {

template <typename Hasher>
int Print(Hasher hasher, std::FILE* file, int width) {
  std::vector<int16_t> token(width);  // little-endian, as this machine
  while (std::fread(token.data(), 2, token.size(), file) == token.size()) {
    hasher.Step(token);
  }
  tacet::PrintHashes(hasher.hashes());
  return 0;
}

int Fail(const char* what) {
  std::fprintf(stderr, "network_stages: %s\n", what);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) {
    for (const auto& kernels : tacet::SupportedFixedKernels()) {
      std::puts(kernels.name);
    }
    return std::puts("simulator") < 0;
  }
  if (argc != 4) return 2;
  const auto model = tacet::Model::LoadFile(argv[1]);
  if (!model.ok()) return Fail(model.status().ToString().c_str());
  if ((*model)->fixed() == nullptr) return Fail("no fixed-point weights");
  std::FILE* file = std::fopen(argv[2], "rb");
  if (file == nullptr) return Fail("no such features");
  tacet::FixedWeights weights = *(*model)->fixed();
  if (std::strcmp(argv[3], "simulator") == 0) {
    const auto chip = tacet::LoadChip(std::string(tacet::kDefaultChip));
    if (!chip.ok()) return Fail(chip.status().ToString().c_str());
    const auto network = tacet::MappedNetwork::Create(
        weights, *chip, tacet::CorePlacement::kBalanced);
    if (!network.ok()) return Fail(network.status().ToString().c_str());
    return Print(tacet::SimulatorHasher(*network), file, weights.num_features);
  }
  for (const tacet::FixedKernels& kernels : tacet::SupportedFixedKernels()) {
    if (std::strcmp(kernels.name, argv[3]) != 0) continue;
    tacet::PrepareFor(kernels, &weights);
    return Print(tacet::StageHasher(weights, kernels), file,
                 weights.num_features);
  }
  return Fail("this processor has no kernels of that name");
}
