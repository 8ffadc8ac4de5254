// SPDX-License-Identifier: Apache-2.0
// Whole networks on all kernels.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "model/fixed/network.h"
#include "model/kernels/fixed_kernels.h"
#include "model/model.h"

namespace tacet {
namespace {

constexpr int kTokens = 400;

// Loud, quiet and none in turn.
std::vector<int16_t> Token(int t, int num_features, std::mt19937* engine) {
  std::vector<int16_t> features(num_features);
  const int limit = t % 50 < 5 ? 0 : t % 3 == 0 ? 32767 : 3000;
  for (int16_t& f : features) {
    f = static_cast<int16_t>(static_cast<int>((*engine)() % (limit + 1)));
  }
  return features;
}

// Outputs of all tokens, then the last states.
std::vector<int32_t> OutputsOf(const FixedWeights& model,
                               const FixedKernels& kernels) {
  FixedWeights weights = model;
  PrepareFor(kernels, &weights);
  const FixedSigmoid sigmoid;
  FixedState state(weights);
  FixedScratch scratch(weights);
  std::vector<int16_t> outputs(weights.decoder.bias.size());
  std::vector<int32_t> all;
  std::mt19937 engine(1);
  for (int t = 0; t < kTokens; ++t) {
    StepFixedNetwork(weights, kernels, sigmoid,
                     Token(t, weights.num_features, &engine), state, scratch,
                     outputs);
    all.insert(all.end(), outputs.begin(), outputs.end());
  }
  for (const FixedS5State& layer : state.layers()) {
    all.insert(all.end(), layer.re.begin(), layer.re.end());
    all.insert(all.end(), layer.im.begin(), layer.im.end());
  }
  return all;
}

class FixedNetworkTest : public ::testing::TestWithParam<const char*> {};

TEST_P(FixedNetworkTest, HasTheBitsOfTheScalarReference) {
  const FixedKernels* found = nullptr;
  for (const FixedKernels& kernels : SupportedFixedKernels()) {
    if (kernels.name == std::string(GetParam())) found = &kernels;
  }
  if (found == nullptr) {
    GTEST_SKIP() << "this CPU cannot run " << GetParam();
  }
  int num_models = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(TACET_SOURCE_DIR "/model/weights")) {
    if (file.path().extension() != ".tacet") continue;
    const auto model = Model::LoadFile(file.path());
    ASSERT_TRUE(model.ok()) << model.status();
    if ((*model)->fixed() == nullptr) continue;
    ++num_models;
    const FixedWeights& weights = *(*model)->fixed();
    EXPECT_EQ(OutputsOf(weights, *found),
              OutputsOf(weights, ScalarFixedKernels()))
        << file.path();
  }
  EXPECT_GT(num_models, 0);
}

INSTANTIATE_TEST_SUITE_P(Cpu, FixedNetworkTest,
                         ::testing::Values("avx512-vbmi-vnni", "avx2", "neon",
                                           "columns"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace tacet
