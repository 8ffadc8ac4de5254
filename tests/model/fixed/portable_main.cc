// SPDX-License-Identifier: Apache-2.0
// Hashes every stage of the integer network on a feature file, without the
// model loader and its libraries, so that it is built in a second for any
// compiler and machine (scripts/fixed_everywhere.sh).
//   portable IMAGE FEATURES.i16
// IMAGE: tests/model/fixed/image.h
#include <cstdint>
#include <cstdio>
#include <vector>

#include "tests/model/fixed/image.h"
#include "tests/model/fixed/stage_hash.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::FILE* file = std::fopen(argv[1], "rb");
  std::FILE* features = std::fopen(argv[2], "rb");
  if (file == nullptr || features == nullptr) return 2;
  const tacet::FixedWeights w = tacet::ReadImage(file);

  tacet::StageHasher hasher(w, tacet::ScalarFixedKernels());
  std::vector<int16_t> token(w.num_features);
  while (tacet::ReadToken(features, token)) hasher.Step(token);
  tacet::PrintHashes(hasher.hashes());
  return 0;
}
