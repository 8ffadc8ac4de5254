// SPDX-License-Identifier: Apache-2.0
// The integers of every stage, pinned in tests/testdata/fixed/, which integer
// NumPy made (training/fixed_golden.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "model/model.h"
#include "tests/model/fixed/golden_features.h"
#include "tests/model/fixed/stage_hash.h"

namespace tacet {
namespace {

// Features and model.
class FixedGolden
    : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  void SetUp() override {
    auto model = Model::LoadFile(path());
    ASSERT_TRUE(model.ok()) << model.status();
    model_ = *std::move(model);
    ASSERT_NE(model_->fixed(), nullptr)
        << path() << " has no fixed part: run scripts/fixed_point.sh";
    golden_ = std::make_unique<GoldenFeatures>(std::get<0>(GetParam()),
                                               model_->fixed()->num_features);
    ASSERT_GT(golden_->num_tokens(), 0u);
  }

  const std::string& path() const { return std::get<1>(GetParam()); }

  std::unique_ptr<GoldenFeatures> golden_;
  std::shared_ptr<const Model> model_;
};

TEST_P(FixedGolden, EveryStageHasTheIntegersOfTheReference) {
  StageHasher hasher(*model_->fixed(), ScalarFixedKernels());
  for (size_t t = 0; t < golden_->num_tokens(); ++t) {
    hasher.Step(golden_->token(t));
  }
  golden_->Expect(hasher.hashes(), path());
}

TEST_P(FixedGolden, TheNetworkIsTheSumOfItsStages) {
  const FixedWeights& weights = *model_->fixed();
  StageHasher hasher(weights, ScalarFixedKernels());
  FixedSigmoid sigmoid;
  FixedState state(weights);
  FixedScratch scratch(weights);
  std::vector<int16_t> outputs(weights.decoder.bias.size());
  for (size_t t = 0; t < std::min<size_t>(400, golden_->num_tokens()); ++t) {
    hasher.Step(golden_->token(t));
    StepFixedNetwork(weights, ScalarFixedKernels(), sigmoid, golden_->token(t),
                     state, scratch, outputs);
    ASSERT_EQ(outputs, hasher.outputs()) << t;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, FixedGolden,
    ::testing::Combine(::testing::Values("golden", "speech"),
                       ::testing::ValuesIn(ModelsWithIntegers())),
    [](const auto& info) {
      return std::get<0>(info.param) + "_" +
             TestNameOf(std::get<1>(info.param));
    });

}  // namespace
}  // namespace tacet
