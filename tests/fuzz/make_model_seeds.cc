// SPDX-License-Identifier: Apache-2.0
// Writes the seeds of tests/fuzz/corpus/model: small valid model files, one of
// each kind, and a bare container.
//   make_model_seeds FOLDER
#include <cstdio>
#include <fstream>
#include <string>

#include "tests/model/fixed/make_fixed_model.h"
#include "tests/model/make_model.h"

namespace {

bool Write(const std::string& path, const std::vector<std::byte>& bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return out.good();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_model_seeds FOLDER\n");
    return 2;
  }
  const std::string folder = std::string(argv[1]) + "/seed_";
  tacet::ModelSpec spec;
  spec.hidden = 3;
  spec.num_states = 2;
  spec.num_layers = 1;
  spec.density = 0.1;
  bool ok = Write(folder + "product", MakeModelFile(spec).Serialize());
  ok &= Write(folder + "fixed", MakeFixedModelFile(spec).Serialize());
  // As wide as the largest input of the fuzzer allows: rows and columns beyond
  // those that the layouts of kernels take at once.
  tacet::ModelSpec wide = spec;
  wide.feature = "level-normalised-phase";
  wide.hidden = 66;
  wide.num_states = 20;
  wide.density = 0.004;
  ok &= Write(folder + "phase", MakeFixedModelFile(wide).Serialize());
  wide.feature = "level-normalised-phase-floor";
  ok &= Write(folder + "floor", MakeFixedModelFile(wide).Serialize());
  spec.feature = "magnitude";
  spec.mask = "one-plus";
  spec.window = "boxcar";
  ok &= Write(folder + "paper", MakeModelFile(spec).Serialize());
  spec.activation = "gelu";
  spec.state_activation = "none";
  spec.window = "low-latency";
  spec.hidden = 1;
  spec.num_states = 1;
  ok &= Write(folder + "teacher", MakeModelFile(spec).Serialize());
  tacet::RawFile container;
  container.metadata["format"] = "tacet-model";
  container.tensors.push_back(tacet::MakeTensor("a", {1, 2}, {1, 2}));
  ok &= Write(folder + "container", container.Serialize());
  return ok ? 0 : 1;
}
