// SPDX-License-Identifier: Apache-2.0
#include "model/block/fixed_block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/fixed/network.h"
#include "model/kernels/fixed_kernels.h"
#include "model/model.h"
#include "tests/model/fixed/random_tokens.h"

namespace tacet {
namespace {

constexpr int kTokens = 400;

Tokens TokenByToken(const FixedWeights& weights, const Tokens& features) {
  const FixedSigmoid sigmoid;
  FixedState state(weights);
  FixedScratch scratch(weights);
  std::vector<int16_t> outputs(weights.decoder.bias.size());
  Tokens all;
  for (const auto& token : features) {
    StepFixedNetwork(weights, ScalarFixedKernels(), sigmoid, token, state,
                     scratch, outputs);
    all.push_back(outputs);
  }
  return all;
}

// Blocks of 32 and of every other length.
Tokens InBlocks(const FixedWeights& fixed, RunFixedBlock run,
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

class FixedBlockTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    for (const FixedBlockKernels& k : SupportedFixedBlockKernels()) {
      if (k.name == std::string(GetParam())) run_ = k.run;
    }
    if (run_ == nullptr) GTEST_SKIP() << "this CPU cannot run " << GetParam();
  }
  RunFixedBlock run_ = nullptr;
};

TEST_P(FixedBlockTest, HasTheBitsOfTheTokenByTokenReference) {
  int num_models = 0;
  for (const char* folder : {"/model/weights", "/tests/testdata/fixed"}) {
    for (const auto& file : std::filesystem::directory_iterator(
             std::string(TACET_SOURCE_DIR) + folder)) {
      if (file.path().extension() != ".tacet") continue;
      const auto model = Model::LoadFile(file.path());
      ASSERT_TRUE(model.ok()) << model.status();
      if ((*model)->fixed() == nullptr) continue;
      ++num_models;
      const FixedWeights& weights = *(*model)->fixed();
      const Tokens features = RandomTokens(kTokens, weights.num_features);
      EXPECT_EQ(InBlocks(weights, run_, features),
                TokenByToken(weights, features))
          << file.path();
    }
  }
  EXPECT_GT(num_models, 3);
}

// The sums of a gate that 32 bits do not hold take another way.
TEST_P(FixedBlockTest, HasTheBitsOfTheReferenceWithWideGates) {
  const auto model =
      Model::LoadFile(TACET_SOURCE_DIR "/model/weights/base.tacet");
  ASSERT_TRUE(model.ok()) << model.status();
  for (const auto& [left, right] : {std::pair{20, 30},
                                    {17, 18},
                                    {16, 24},
                                    {14, 20},
                                    {15, 0},
                                    {16, 16},
                                    {20, 16}}) {
    FixedWeights weights = *(*model)->fixed();
    for (FixedS5Weights& layer : weights.layers) {
      layer.x_left_shift = left;
      layer.out_shift = right;
    }
    const Tokens features = RandomTokens(kTokens, weights.num_features);
    EXPECT_EQ(InBlocks(weights, run_, features),
              TokenByToken(weights, features))
        << left << " " << right;
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, FixedBlockTest,
                         ::testing::Values("avx512-vnni", "avx2", "neon"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace tacet
