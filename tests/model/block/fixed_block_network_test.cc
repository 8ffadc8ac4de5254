// SPDX-License-Identifier: Apache-2.0
#include "model/block/fixed_block_network.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "model/fixed/estimator.h"
#include "tests/model/block/signal.h"
#include "tests/model/kernels/kernels_case.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

std::shared_ptr<const Model> BaseModel() {
  auto model = Model::LoadFile(TACET_SOURCE_DIR "/model/weights/base.tacet");
  EXPECT_TRUE(model.ok()) << model.status();
  return *model;
}

class FixedBlockEstimatorTest
    : public KernelsCase<FixedBlockKernels, SupportedFixedBlockKernels> {
 protected:
  EstimatorSource Blocks() const {
    auto source = FixedBlockEstimators(BaseModel(), *kernels_);
    EXPECT_TRUE(source.has_value());
    return *source;
  }
};

TEST_P(FixedBlockEstimatorTest, GivesTheStreamsSamplesToTheBit) {
  auto token_by_token = FixedEstimators(BaseModel());
  ASSERT_TRUE(token_by_token.ok()) << token_by_token.status();
  for (const int rate_hz : {16000, 48000, 44100, 11025}) {
    const std::vector<float> x = BlockSignal(2 * rate_hz + 77);
    EXPECT_EQ(DenoiseSignal(Blocks(), rate_hz, x),
              DenoiseSignal(*token_by_token, rate_hz, x))
        << rate_hz;
  }
}

TEST_P(FixedBlockEstimatorTest, TakesABlockOfTokensAndAnswersEach) {
  const auto estimator = Blocks().make();
  const std::vector<float> features(estimator->num_features(), 0.5f);
  std::vector<std::complex<float>> mask(kNumModelBins);
  EXPECT_FALSE(estimator->Collect(mask));
  for (int t = 0; t < kBlockTokens; ++t) {
    EXPECT_TRUE(estimator->Submit(features)) << t;
  }
  EXPECT_FALSE(estimator->Submit(features));
  for (int t = 0; t < kBlockTokens; ++t) EXPECT_TRUE(estimator->Collect(mask));
  EXPECT_FALSE(estimator->Collect(mask));
}

TEST_P(FixedBlockEstimatorTest, RefusesFeaturesThatAreNotFinite) {
  const auto estimator = Blocks().make();
  std::vector<float> features(estimator->num_features(), 0.5f);
  features[7] = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(estimator->Submit(features));
}

TEST_P(FixedBlockEstimatorTest, ResetForgetsAllTokens) {
  const auto estimator = Blocks().make();
  std::vector<float> features(estimator->num_features(), 0.5f);
  std::vector<std::complex<float>> first(kNumModelBins), again(kNumModelBins);
  ASSERT_TRUE(estimator->Submit(features));
  ASSERT_TRUE(estimator->Collect(first));
  ASSERT_TRUE(estimator->Submit(features));
  estimator->Reset();
  EXPECT_FALSE(estimator->Collect(again));
  ASSERT_TRUE(estimator->Submit(features));
  ASSERT_TRUE(estimator->Collect(again));
  EXPECT_EQ(first, again);
}

TEST_P(FixedBlockEstimatorTest, ProcessIsRealtimeSafe) {
  const auto estimator = Blocks().make();
  const std::vector<float> features(estimator->num_features(), 0.5f);
  std::vector<std::complex<float>> mask(kNumModelBins);
  const auto counts = CountRealtimeViolations([&] {
    for (int t = 0; t < kBlockTokens; ++t) estimator->Submit(features);
    for (int t = 0; t < kBlockTokens; ++t) estimator->Collect(mask);
    estimator->Reset();
  });
  EXPECT_EQ(counts.total(), 0);
}

INSTANTIATE_TEST_SUITE_P(Cpu, FixedBlockEstimatorTest,
                         ::testing::Values("avx512-vnni", "avx2", "neon"),
                         KernelsName());

TEST(FixedBlockEstimators, NeedIntegersInTheModel) {
  const auto model =
      Model::LoadFile(TACET_SOURCE_DIR "/tests/testdata/teacher-small.tacet");
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_FALSE(FixedBlockEstimators(*model).has_value());
}

}  // namespace
}  // namespace tacet
