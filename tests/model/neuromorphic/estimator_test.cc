// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/estimator.h"

#include <gtest/gtest.h>

#include <complex>
#include <limits>
#include <random>
#include <vector>

#include "chips/chip_file.h"
#include "model/fixed/estimator.h"
#include "tests/model/fixed/make_fixed_model.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

using Mask = std::vector<std::complex<float>>;

EstimatorSource SourceOf(std::shared_ptr<const Model> model,
                         TokenObserver* observer = nullptr) {
  const auto network = MapModel(*model, *LoadChip(std::string(kDefaultChip)),
                                CorePlacement::kBalanced);
  EXPECT_TRUE(network.ok()) << network.status();
  return NeuromorphicEstimators(model, *network, observer);
}

std::vector<float> RandomFeatures(std::mt19937& engine) {
  std::vector<float> f(kNumModelBins);
  for (float& v : f) v = static_cast<float>(engine() / 4294967296.0 * 2);
  return f;
}

Mask Answer(MaskEstimator& estimator, const std::vector<float>& features) {
  Mask mask(kNumModelBins);
  EXPECT_TRUE(estimator.Submit(features));
  EXPECT_TRUE(estimator.Collect(mask));
  return mask;
}

TEST(NeuromorphicEstimator, HasTheMasksOfFixedPointToTheBit) {
  for (const char* name : {"real", "complex"}) {
    const auto model =
        *Model::LoadFile(TACET_SOURCE_DIR "/tests/testdata/fixed/" +
                         std::string(name) + ".tacet");
    const auto chip = SourceOf(model).make();
    FixedEstimator fixed(model);
    std::mt19937 engine(4);
    for (int t = 0; t < 100; ++t) {
      const std::vector<float> f = RandomFeatures(engine);
      ASSERT_EQ(Answer(*chip, f), Answer(fixed, f)) << name << " " << t;
    }
    std::vector<float> a(chip->state_size()), b(fixed.state_size());
    chip->ExportState(a);
    fixed.ExportState(b);
    EXPECT_EQ(a, b);
  }
}

TEST(NeuromorphicEstimator, TakesOverFromFixedPoint) {
  const auto model =
      *Model::LoadFile(TACET_SOURCE_DIR "/tests/testdata/fixed/real.tacet");
  const auto chip = SourceOf(model).make();
  FixedEstimator fixed(model);
  std::mt19937 engine(4);
  for (int t = 0; t < 20; ++t) Answer(fixed, RandomFeatures(engine));
  std::vector<float> state(fixed.state_size());
  fixed.ExportState(state);
  ASSERT_TRUE(chip->ImportState(state));
  const std::vector<float> f = RandomFeatures(engine);
  EXPECT_EQ(Answer(*chip, f), Answer(fixed, f));
  state[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(chip->ImportState(state));
}

TEST(NeuromorphicEstimator, AnswersEachTokenOnceAndRefusesWhatIsNotFinite) {
  const auto estimator = SourceOf(MakeFixedModel(ModelSpec{})).make();
  std::vector<float> f(kNumModelBins, 1.0f);
  Mask mask(kNumModelBins, 7.0f);
  EXPECT_FALSE(estimator->Collect(mask));
  EXPECT_TRUE(estimator->Submit(f));
  EXPECT_FALSE(estimator->Submit(f));
  EXPECT_TRUE(estimator->Collect(mask));
  EXPECT_FALSE(estimator->Collect(mask));
  f[3] = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(estimator->Submit(f));
}

TEST(NeuromorphicEstimator, TheObserverSeesEachTokenAndNoOther) {
  struct Counter final : TokenObserver {
    void OnToken(const TokenCounts&) noexcept override { ++num_tokens; }
    int num_tokens = 0;
  } counter;
  const auto estimator = SourceOf(MakeFixedModel(ModelSpec{}), &counter).make();
  EXPECT_EQ(counter.num_tokens, 0);  // not those of the measurement
  std::mt19937 engine(4);
  for (int t = 0; t < 3; ++t) Answer(*estimator, RandomFeatures(engine));
  EXPECT_EQ(counter.num_tokens, 3);
}

TEST(NeuromorphicEstimator, IsRealtimeSafe) {
  const auto estimator = SourceOf(MakeFixedModel(ModelSpec{})).make();
  const std::vector<float> f(kNumModelBins, 1.0f);
  Mask mask(kNumModelBins);
  std::vector<float> state(estimator->state_size());
  const auto counts = CountRealtimeViolations([&] {
    estimator->Submit(f);
    estimator->Collect(mask);
    estimator->ExportState(state);
    estimator->ImportState(state);
    estimator->Reset();
  });
  EXPECT_EQ(counts.total(), 0);
}

TEST(NeuromorphicEstimator, AModelWithoutIntegersIsRefused) {
  const auto network =
      MapModel(*MakeModel(ModelSpec{}), *LoadChip(std::string(kDefaultChip)),
               CorePlacement::kCompact);
  ASSERT_FALSE(network.ok());
  EXPECT_EQ(network.status().message(),
            "model random has no fixed-point weights; training/quantize.py "
            "adds them");
}

}  // namespace
}  // namespace tacet
