// SPDX-License-Identifier: Apache-2.0
#include "model/block/fixed_block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/model.h"
#include "tests/model/fixed/random_tokens.h"
#include "tests/model/fixed/run_tokens.h"
#include "tests/model/kernels/kernels_case.h"

namespace tacet {
namespace {

constexpr int kTokens = 400;

using FixedBlockTest =
    KernelsCase<FixedBlockKernels, SupportedFixedBlockKernels>;

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
      EXPECT_EQ(InBlocks(weights, kernels_->run, features),
                TokenByToken(weights, ScalarFixedKernels(), features))
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
    EXPECT_EQ(InBlocks(weights, kernels_->run, features),
              TokenByToken(weights, ScalarFixedKernels(), features))
        << left << " " << right;
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, FixedBlockTest,
                         ::testing::Values("avx512-vnni", "avx2", "neon"),
                         KernelsName());

}  // namespace
}  // namespace tacet
