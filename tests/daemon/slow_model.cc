// SPDX-License-Identifier: Apache-2.0
//
//   slow_model FILE HIDDEN STATES
// Writes a model with random weights, so large that no machine runs it in time:
// all that it is for is the time that it takes.
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "tests/model/make_model.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  tacet::ModelSpec spec;
  spec.name = "slow";
  spec.hidden = std::atoi(argv[2]);
  spec.num_states = std::atoi(argv[3]);
  spec.density = 1.0;
  // Nothing is 0, so that no product is left out.
  spec.activation = "gelu";
  spec.state_activation = "none";
  const std::vector<std::byte> bytes = tacet::MakeModelFile(spec).Serialize();
  std::ofstream file(argv[1], std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  return file ? 0 : 1;
}
