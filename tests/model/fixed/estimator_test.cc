// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/estimator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <random>
#include <vector>

#include "model/float_estimator.h"
#include "tests/model/fixed/make_fixed_model.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

using Mask = std::vector<std::complex<float>>;

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

std::shared_ptr<const Model> Trained() {
  return *Model::LoadFile(TACET_SOURCE_DIR "/tests/testdata/fixed/real.tacet");
}

// 8-bit weights change a mask by some hundredths; a wrong exponent or a wrong
// sign anywhere by ten times as much.
TEST(FixedEstimator, ComesCloseToTheFloatNetwork) {
  for (const char* name : {"real", "complex"}) {
    const auto model =
        *Model::LoadFile(TACET_SOURCE_DIR "/tests/testdata/fixed/" +
                         std::string(name) + ".tacet");
    FixedEstimator fixed(model);
    FloatEstimator floats(model);
    std::mt19937 engine(4);
    double difference = 0, mean = 0, mean_square = 0;
    const int num_tokens = 200;
    for (int t = 0; t < num_tokens; ++t) {
      const std::vector<float> f = RandomFeatures(engine);
      const Mask a = Answer(fixed, f), b = Answer(floats, f);
      for (int k = 0; k < kNumModelBins; ++k) {
        difference += std::norm(a[k] - b[k]);
        mean += std::abs(b[k]);
        mean_square += std::norm(b[k]);
      }
    }
    const double n = num_tokens * kNumModelBins;
    const double spread = mean_square / n - (mean / n) * (mean / n);
    EXPECT_LT(difference / n, 0.02 * spread) << name;
  }
}

TEST(FixedEstimator, AnswersEachTokenOnce) {
  FixedEstimator estimator(MakeFixedModel(ModelSpec{}));
  const std::vector<float> f(kNumModelBins, 1.0f);
  Mask mask(kNumModelBins, 7.0f);
  EXPECT_FALSE(estimator.Collect(mask));
  EXPECT_EQ(mask[0], 7.0f);
  EXPECT_TRUE(estimator.Submit(f));
  EXPECT_FALSE(estimator.Submit(f));
  EXPECT_TRUE(estimator.Collect(mask));
  EXPECT_FALSE(estimator.Collect(mask));
}

TEST(FixedEstimator, ARefusedTokenLeavesNoTrace) {
  FixedEstimator a(MakeFixedModel(ModelSpec{})), b(MakeFixedModel(ModelSpec{}));
  std::mt19937 engine(4);
  for (int t = 0; t < 20; ++t) {
    const std::vector<float> f = RandomFeatures(engine);
    std::vector<float> bad = f;
    bad[100] = t % 2 ? std::numeric_limits<float>::quiet_NaN()
                     : std::numeric_limits<float>::infinity();
    EXPECT_FALSE(a.Submit(bad));
    ASSERT_EQ(Answer(a, f), Answer(b, f));
  }
}

TEST(FixedEstimator, AnyFiniteFeatureHasAnAnswer) {
  ModelSpec spec;
  for (const std::string mask : {"sigmoid", "complex", "one-plus"}) {
    spec.mask = mask;
    FixedEstimator estimator(MakeFixedModel(spec));
    for (int t = 0; t < 200; ++t) {
      const float huge = t % 2 ? 3e38f : -3e38f;
      for (const std::complex<float> m :
           Answer(estimator, std::vector<float>(kNumModelBins, huge))) {
        ASSERT_TRUE(std::isfinite(m.real()) && std::isfinite(m.imag()));
      }
    }
  }
}

TEST(FixedEstimator, ResetStartsANewStream) {
  FixedEstimator estimator(MakeFixedModel(ModelSpec{}));
  std::mt19937 engine(4);
  const std::vector<float> f = RandomFeatures(engine);
  const Mask first = Answer(estimator, f);
  EXPECT_NE(Answer(estimator, f), first);
  EXPECT_TRUE(estimator.Submit(f));
  estimator.Reset();
  EXPECT_EQ(Answer(estimator, f), first);
}

TEST(FixedEstimator, ImportedStateContinuesExactly) {
  const auto model = Trained();
  FixedEstimator a(model), b(model);
  std::mt19937 engine(4);
  for (int t = 0; t < 30; ++t) Answer(a, RandomFeatures(engine));
  std::vector<float> state(a.state_size());
  a.ExportState(state);
  EXPECT_TRUE(b.Submit(RandomFeatures(engine)));
  ASSERT_TRUE(b.ImportState(state));
  for (int t = 0; t < 30; ++t) {
    const std::vector<float> f = RandomFeatures(engine);
    ASSERT_EQ(Answer(a, f), Answer(b, f));
  }
  state[0] = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(b.ImportState(state));
  state.pop_back();
  EXPECT_FALSE(b.ImportState(state));
}

// A channel can go from one backend to the other: states have one unit.
TEST(FixedEstimator, TakesOverFromTheFloatNetwork) {
  const auto model = Trained();
  FloatEstimator floats(model);
  FixedEstimator followed(model), fresh(model);
  std::mt19937 engine(4);
  for (int t = 0; t < 100; ++t) Answer(floats, RandomFeatures(engine));
  std::vector<float> state(floats.state_size());
  floats.ExportState(state);
  ASSERT_TRUE(followed.ImportState(state));
  const std::vector<float> f = RandomFeatures(engine);
  const Mask expected = Answer(floats, f);
  const auto distance = [&expected](const Mask& mask) {
    double sum = 0;
    for (size_t k = 0; k < mask.size(); ++k) {
      sum += std::norm(mask[k] - expected[k]);
    }
    return sum;
  };
  EXPECT_LT(distance(Answer(followed, f)), 0.1 * distance(Answer(fresh, f)));
}

TEST(FixedEstimator, IsRealtimeSafe) {
  FixedEstimator estimator(MakeFixedModel(ModelSpec{}));
  const std::vector<float> f(kNumModelBins, 1.0f);
  Mask mask(kNumModelBins);
  std::vector<float> state(estimator.state_size());
  const auto counts = CountRealtimeViolations([&] {
    for (int t = 0; t < 10; ++t) {
      estimator.Submit(f);
      estimator.Collect(mask);
    }
    estimator.ExportState(state);
    estimator.ImportState(state);
    estimator.Reset();
  });
  EXPECT_EQ(counts.total(), 0);
}

TEST(FixedEstimator, AModelWithoutIntegersIsRefused) {
  const auto source = FixedEstimators(MakeModel(ModelSpec{}));
  ASSERT_FALSE(source.ok());
  EXPECT_EQ(source.status().message(),
            "model random has no fixed-point weights; training/quantize.py "
            "adds them");
  EXPECT_TRUE(FixedEstimators(MakeFixedModel(ModelSpec{})).ok());
}

}  // namespace
}  // namespace tacet
