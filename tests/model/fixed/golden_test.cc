// SPDX-License-Identifier: Apache-2.0
// The integers of every stage, pinned by
// tests/testdata/fixed/golden.safetensors (training/fixed_golden.py), which
// integer NumPy made.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "model/model.h"
#include "model/model_file.h"
#include "model/safetensors.h"
#include "model/str_cat.h"
#include "tests/model/fixed/stage_hash.h"

namespace tacet {
namespace {

constexpr char kFolder[] = TACET_SOURCE_DIR "/tests/testdata/fixed/";

std::string PathOf(const std::string& model) {
  const std::string shipped = TACET_SOURCE_DIR "/model/weights/" + model;
  return std::filesystem::exists(shipped) ? shipped : kFolder + model;
}

class FixedGolden : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto file = ReadModelFile(std::string(kFolder) + "golden.safetensors");
    ASSERT_TRUE(file.ok()) << file.status();
    file_ = *std::move(file);
    auto golden = Safetensors::Parse(std::as_const(file_).bytes());
    ASSERT_TRUE(golden.ok()) << golden.status();
    metadata_ = golden->metadata();
    auto model = Model::LoadFile(PathOf(GetParam()));
    ASSERT_TRUE(model.ok()) << model.status();
    model_ = *std::move(model);
    ASSERT_NE(model_->fixed(), nullptr)
        << GetParam() << " has no fixed part: run scripts/fixed_point.sh";
    width_ = model_->metadata().feature.num_features();
    const auto features = golden->Get<int16_t>(StrCat("features_", width_),
                                               {Safetensors::kAny, width_});
    ASSERT_TRUE(features.ok()) << features.status();
    features_ = *features;
  }

  AlignedBuffer file_;
  size_t width_ = 0;
  std::span<const int16_t> features_;  // [T × width_], view into file_
  std::map<std::string, std::string, std::less<>> metadata_;
  std::shared_ptr<const Model> model_;
};

TEST_P(FixedGolden, EveryStageHasTheIntegersOfTheReference) {
  StageHasher hasher(*model_->fixed(), ScalarFixedKernels());
  for (size_t t = 0; t < features_.size(); t += width_) {
    hasher.Step(features_.subspan(t, width_));
  }
  size_t num_stages = 0;
  for (const auto& [name, hash] : metadata_) {
    num_stages += name.starts_with(GetParam() + "/");
  }
  EXPECT_EQ(num_stages, hasher.hashes().size());
  for (const auto& [stage, hash] : hasher.hashes()) {
    EXPECT_EQ(hash.Text(), metadata_[GetParam() + "/" + stage])
        << stage << " (after a change of the model: scripts/fixed_point.sh)";
  }
}

TEST_P(FixedGolden, TheNetworkIsTheSumOfItsStages) {
  const FixedWeights& weights = *model_->fixed();
  StageHasher hasher(weights, ScalarFixedKernels());
  FixedSigmoid sigmoid;
  FixedState state(weights);
  FixedScratch scratch(weights);
  std::vector<int16_t> outputs(weights.decoder.bias.size());
  for (size_t t = 0; t < features_.size(); t += width_) {
    const auto token = features_.subspan(t, width_);
    hasher.Step(token);
    StepFixedNetwork(weights, ScalarFixedKernels(), sigmoid, token, state,
                     scratch, outputs);
    ASSERT_EQ(outputs, hasher.outputs()) << t / width_;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, FixedGolden,
                         ::testing::Values("real.tacet", "complex.tacet",
                                           "phase.tacet", "base.tacet",
                                           "large.tacet"),
                         [](const auto& info) {
                           return info.param.substr(0, info.param.find('.'));
                         });

}  // namespace
}  // namespace tacet
