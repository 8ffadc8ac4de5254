// SPDX-License-Identifier: Apache-2.0
#include "model/block/float_block_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <memory>
#include <vector>

#include "model/float_estimator.h"
#include "tests/model/block/signal.h"
#include "tests/model/kernels/kernels_case.h"
#include "tests/model/make_model.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

using Mask = std::vector<std::complex<float>>;

std::shared_ptr<const Model> BaseModel() {
  auto model = Model::LoadFile(TACET_SOURCE_DIR "/model/weights/base.tacet");
  EXPECT_TRUE(model.ok()) << model.status();
  return *model;
}

using FloatBlockNetworkTest =
    KernelsCase<FloatBlockKernels, SupportedFloatBlockKernels>;

double SnrDb(const std::vector<float>& expected,
             const std::vector<float>& found) {
  double power = 0, error = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    power += double{expected[i]} * expected[i];
    error += std::pow(double{found[i]} - expected[i], 2);
  }
  return 10 * std::log10(power / error);
}

TEST_P(FloatBlockNetworkTest, GivesTheStreamsSamplesWithin80Db) {
  const EstimatorSource tokens = FloatEstimators(BaseModel());
  for (const int rate_hz : {16000, 48000, 44100}) {
    const std::vector<float> x = BlockSignal(2 * rate_hz + 77);
    const auto blocks = FloatBlockEstimators(BaseModel(), *kernels_);
    EXPECT_GT(SnrDb(DenoiseSignal(tokens, rate_hz, x),
                    DenoiseSignal(blocks, rate_hz, x)),
              80)
        << rate_hz;
  }
}

// Token 5 of 12 overflows: it alone has no answer, and what follows is that of
// a new stream.
TEST_P(FloatBlockNetworkTest, OnlyWhatOverflowsHasNoAnswer) {
  constexpr int kTokens = 12, kBad = 5;
  const auto model = MakeModel(ModelSpec{});
  const auto estimator = FloatBlockEstimators(model, *kernels_).make();
  const auto fresh = FloatBlockEstimators(model, *kernels_).make();
  const std::vector<float> huge(kNumModelBins, 3e38f);
  std::vector<float> f(kNumModelBins);
  Mask found(kNumModelBins), expected(kNumModelBins);
  const auto feature = [](int t) { return 1.0f + 0.1f * float(t); };
  for (int t = 0; t < kTokens; ++t) {
    std::ranges::fill(f, feature(t));
    ASSERT_TRUE(estimator->Submit(t == kBad ? huge : f));
  }
  for (int t = 0; t < kTokens; ++t) {
    SCOPED_TRACE(t);
    if (t == kBad) {
      EXPECT_FALSE(estimator->Collect(found));
      fresh->Reset();
      continue;
    }
    std::ranges::fill(f, feature(t));
    ASSERT_TRUE(fresh->Submit(f));
    ASSERT_TRUE(fresh->Collect(expected));
    ASSERT_TRUE(estimator->Collect(found));
    EXPECT_EQ(found, expected);
  }
}

TEST_P(FloatBlockNetworkTest, ProcessIsRealtimeSafe) {
  const auto model = MakeModel(ModelSpec{});
  const auto estimator = FloatBlockEstimators(model, *kernels_).make();
  const std::vector<float> huge(kNumModelBins, 3e38f), f(kNumModelBins, 1.0f);
  Mask mask(kNumModelBins);
  const auto counts = CountRealtimeViolations([&] {
    for (int t = 0; t < kBlockTokens; ++t) estimator->Submit(t == 7 ? huge : f);
    for (int t = 0; t < kBlockTokens; ++t) estimator->Collect(mask);
    estimator->Reset();
  });
  EXPECT_EQ(counts.total(), 0);
}

INSTANTIATE_TEST_SUITE_P(Cpu, FloatBlockNetworkTest,
                         ::testing::Values("avx512", "avx2", "neon"),
                         KernelsName());

}  // namespace
}  // namespace tacet
