// SPDX-License-Identifier: Apache-2.0
// What is measured as the worst case against hops of noisy speech, with the
// networks that ship.
#include "model/worst_case.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <complex>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/activation_probe.h"
#include "cli/audio_reader.h"
#include "tests/model/builtin_backend.h"
#include "tests/model/engine_support.h"

namespace tacet {
namespace {

constexpr int kRate = 48000;
using Features = std::vector<std::vector<float>>;  // of each token

// Those of the noisy clip, as the engine shows them to a network.
Features NoisySpeech(const FeatureParams& feature) {
  const auto reader = AudioReader::Open(
      TACET_SOURCE_DIR "/tests/testdata/noisy_48k.flac", std::nullopt);
  EXPECT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->shape().sample_rate_hz, kRate);
  Signal x, block(4096);
  while (const auto count = (*reader)->Read(block)) {
    x.insert(x.end(), block.begin(), block.begin() + count);
  }
  const auto tokens = std::make_shared<Features>();
  EstimatorSource recorder =
      FakeSource([tokens](std::span<const float> features, auto) {
        tokens->emplace_back(features.begin(), features.end());
        return false;
      });
  recorder.feature = feature;
  StreamParams params;
  params.sample_rate_hz = kRate;
  RunStream(Stream::Create(recorder, params)->get(), {x}, {4096});
  EXPECT_GE(tokens->size(), 500u);
  return *tokens;
}

// Of each token.
std::vector<double> SecondsOf(MaskEstimator* estimator,
                              const Features& tokens) {
  using Clock = std::chrono::steady_clock;
  std::vector<std::complex<float>> mask(kNumModelBins);
  std::vector<double> seconds;
  for (const std::vector<float>& token : tokens) {
    const Clock::time_point start = Clock::now();
    estimator->Submit(token);
    estimator->Collect(mask);
    seconds.push_back(
        std::chrono::duration<double>(Clock::now() - start).count());
  }
  return seconds;
}

double Median(std::vector<double> x) {
  std::ranges::nth_element(x, x.begin() + x.size() / 2);
  return x[x.size() / 2];
}

class WorstCase : public ::testing::TestWithParam<BuiltinBackend> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WorstCase);

TEST_P(WorstCase, IsNotBelowTheMedianOfNoisySpeech) {
  const EstimatorSource source = SourceOf(GetParam());
  const auto estimator = source.make();
  const std::vector<double> seconds =
      SecondsOf(estimator.get(), NoisySpeech(source.feature));
  EXPECT_GE(estimator->worst_case_seconds(), Median(seconds));
}

// Weights whose activation is not 0, of each token.
std::vector<double> WeightsMet(const BuiltinBackend& backend,
                               const Features& tokens) {
  std::vector<std::complex<float>> mask(kNumModelBins);
  std::vector<double> weights;
  ActivationCounts counts;
  ActivationProbe probe(ModelOf(backend), &counts);
  double before = 0.0;
  for (const std::vector<float>& token : tokens) {
    probe.Submit(token);
    probe.Collect(mask);
    const double all =
        counts.EffectiveMacsPerToken() * static_cast<double>(counts.num_tokens);
    weights.push_back(all - before);
    before = all;
  }
  return weights;
}

// Nothing of the clock comes in here.
TEST_P(WorstCase, MeetsMoreWeightsThanTheMedianOfNoisySpeech) {
  const FeatureParams feature = ModelOf(GetParam())->metadata().feature;
  Features tokens(kWorstCaseTokens, std::vector<float>(feature.num_features()));
  for (size_t t = 0; t < tokens.size(); ++t) {
    WorstCaseFeatures(static_cast<int>(t), tokens[t]);
  }
  const std::vector<double> worst = WeightsMet(GetParam(), tokens);
  const double speech = Median(WeightsMet(GetParam(), NoisySpeech(feature)));
  std::printf("%.0f weights, %.2f times the median\n", std::ranges::max(worst),
              std::ranges::max(worst) / speech);
  EXPECT_GE(std::ranges::max(worst), speech);
}

INSTANTIATE_TEST_SUITE_P(Builtin, WorstCase,
                         ::testing::ValuesIn(BuiltinBackends()),
                         [](const auto& info) {
                           return TestNameOf(info.param);
                         });

}  // namespace
}  // namespace tacet
