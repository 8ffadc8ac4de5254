// SPDX-License-Identifier: Apache-2.0
#include "model/float_estimator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <random>
#include <vector>

#include "model/feature.h"
#include "tests/model/make_model.h"
#include "tests/model/naive_network.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

using Mask = std::vector<std::complex<float>>;

std::vector<float> RandomFeatures(std::mt19937& engine) {
  std::vector<float> f(kNumModelBins);
  for (float& v : f) v = static_cast<float>(engine() / 4294967296.0 * 2);
  return f;
}

// One token through; the mask must come.
Mask Answer(MaskEstimator& estimator, const std::vector<float>& features) {
  Mask mask(kNumModelBins);
  EXPECT_TRUE(estimator.Submit(features));
  EXPECT_TRUE(estimator.Collect(mask));
  return mask;
}

// How much larger than the outputs' error a bin's error may be: the phase of u
// is the less certain the smaller u is.
double Conditioning(const ModelSpec& spec, const Row& o, size_t k) {
  if (spec.mask != "complex") return 1.0;
  const size_t bins = kNumModelBins;
  return std::max(1.0, 1 / std::hypot(1 + o[bins + k], o[2 * bins + k]));
}

TEST(FloatEstimator, GivesTheMaskOfANaiveNetwork) {
  for (const std::string rule : {"one-plus", "sigmoid", "complex"}) {
    ModelSpec spec;
    spec.mask = rule;
    FloatEstimator estimator(MakeModel(spec));
    EXPECT_EQ(estimator.mask_kind(),
              rule == "complex" ? MaskKind::kComplex : MaskKind::kReal);
    NaiveNetwork naive(MakeModelFile(spec));
    std::mt19937 engine(4);
    for (int t = 0; t < 50; ++t) {
      const std::vector<float> f = RandomFeatures(engine);
      const Mask mask = Answer(estimator, f);
      const NaiveTrace expected = naive.Step(Row(f.begin(), f.end()));
      for (size_t k = 0; k < mask.size(); ++k) {
        const std::complex<double> m(mask[k]);
        ASSERT_LT(std::abs(m - expected.mask[k]),
                  1e-5 * Conditioning(spec, expected.outputs, k))
            << rule << " " << t;
      }
    }
  }
}

TEST(FloatEstimator, NamesItsFrontEnd) {
  ModelSpec spec;
  spec.window = "low-latency";
  FloatEstimator estimator(MakeModel(spec));
  EXPECT_EQ(estimator.front_end().window, WindowKind::kLowLatency);
  EXPECT_EQ(estimator.front_end(),
            FrontEnd::Create(WindowKind::kLowLatency, 48000)->id());
  EXPECT_GT(estimator.worst_case_seconds(), 0.0);
}

TEST(FloatEstimator, AnswersEachTokenOnce) {
  FloatEstimator estimator(MakeModel(ModelSpec{}));
  const std::vector<float> f(kNumModelBins, 1.0f);
  Mask mask(kNumModelBins, 7.0f);
  EXPECT_FALSE(estimator.Collect(mask));
  EXPECT_EQ(mask[0], 7.0f);
  EXPECT_TRUE(estimator.Submit(f));
  EXPECT_FALSE(estimator.Submit(f));
  EXPECT_TRUE(estimator.Collect(mask));
  EXPECT_FALSE(estimator.Collect(mask));
}

TEST(FloatEstimator, ARefusedTokenLeavesNoTrace) {
  FloatEstimator a(MakeModel(ModelSpec{})), b(MakeModel(ModelSpec{}));
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

TEST(FloatEstimator, RecoversFromOverflow) {
  ModelSpec spec;
  FloatEstimator estimator(MakeModel(spec)), fresh(MakeModel(spec));
  const std::vector<float> huge(kNumModelBins, 3e38f), f(kNumModelBins, 1.0f);
  Mask mask(kNumModelBins, 7.0f);
  ASSERT_TRUE(estimator.Submit(huge));
  EXPECT_FALSE(estimator.Collect(mask));
  EXPECT_EQ(mask[0], 7.0f);
  EXPECT_EQ(Answer(estimator, f), Answer(fresh, f));
}

TEST(FloatEstimator, ResetStartsANewStream) {
  FloatEstimator estimator(MakeModel(ModelSpec{}));
  std::mt19937 engine(4);
  const std::vector<float> f = RandomFeatures(engine);
  const Mask first = Answer(estimator, f);
  EXPECT_NE(Answer(estimator, f), first);
  EXPECT_TRUE(estimator.Submit(f));
  estimator.Reset();
  EXPECT_EQ(Answer(estimator, f), first);
}

TEST(FloatEstimator, ImportedStateContinuesExactly) {
  FloatEstimator a(MakeModel(ModelSpec{})), b(MakeModel(ModelSpec{}));
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
  state.pop_back();
  EXPECT_FALSE(b.ImportState(state));
}

TEST(FloatEstimator, IsRealtimeSafe) {
  FloatEstimator estimator(MakeModel(ModelSpec{}));
  const std::vector<float> f(kNumModelBins, 1.0f);
  const std::vector<float> huge(kNumModelBins, 3e38f);
  Mask mask(kNumModelBins);
  std::vector<float> state(estimator.state_size());
  RealtimeGuard guard;
  for (int t = 0; t < 10; ++t) {
    estimator.Submit(t == 5 ? huge : f);
    estimator.Collect(mask);
  }
  estimator.ExportState(state);
  estimator.ImportState(state);
  estimator.Reset();
  const RealtimeGuard::Counts counts = guard.Stop();
  EXPECT_EQ(counts.total(), 0);
}

// Zero biases: in silence the state decays towards 0 and nothing holds it.
ModelSpec Decaying() {
  ModelSpec spec;
  spec.bias_scale = 0;
  return spec;
}

bool AnySubnormal(const std::vector<float>& values) {
  for (float v : values) {
    if (std::fpclassify(v) == FP_SUBNORMAL) return true;
  }
  return false;
}

// The control of the test below: without the estimator's care there are some.
TEST(FloatEstimator, TheBareNetworkWouldReachDenormals) {
  const auto model = MakeModel(Decaying());
  Network network(model);
  NetworkState state(*model);
  NetworkScratch scratch(*model);
  std::vector<float> outputs(kNumModelBins), values(state.size());
  std::vector<float> f(kNumModelBins, 1.0f);
  for (int t = 0; t < 10; ++t) network.Step(f, state, scratch, outputs);
  std::ranges::fill(f, 0.0f);
  bool any = false;
  for (int t = 0; t < 20000 && !any; ++t) {
    network.Step(f, state, scratch, outputs);
    state.Export(values);
    any = AnySubnormal(values);
  }
  EXPECT_TRUE(any);
}

TEST(FloatEstimator, AnHourOfSilenceIsFiniteAndFreeOfDenormals) {
  constexpr int kHour = 3600 * 125;  // tokens
  for (const ModelSpec& spec : {Decaying(), ModelSpec{}}) {
    const auto model = MakeModel(spec);
    FloatEstimator estimator(model);
    Feature feature(model->metadata().feature);
    std::mt19937 engine(4);
    std::vector<float> m(kNumModelBins), f(kNumModelBins);
    std::vector<float> state(estimator.state_size());
    Mask mask(kNumModelBins);
    for (int t = 0; t < kHour; ++t) {
      if (t < 125) m = RandomFeatures(engine);
      if (t == 125) std::ranges::fill(m, 0.0f);
      feature.Compute(m, f);
      ASSERT_TRUE(estimator.Submit(f)) << t;
      ASSERT_TRUE(estimator.Collect(mask)) << t;
      if (t % 500 != 499) continue;
      estimator.ExportState(state);
      ASSERT_FALSE(AnySubnormal(state)) << t;
      ASSERT_FALSE(AnySubnormal(f)) << t;
      for (const auto& value : mask) ASSERT_TRUE(std::isfinite(value.real()));
    }
  }
}

}  // namespace
}  // namespace tacet
