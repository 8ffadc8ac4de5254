// SPDX-License-Identifier: Apache-2.0
#include "dsp/window.h"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

namespace tacet {
namespace {

class Window : public testing::TestWithParam<std::tuple<WindowKind, int>> {
 protected:
  const FrontEnd front_end_ =
      FrontEnd::Create(std::get<0>(GetParam()), std::get<1>(GetParam()))
          .value();
  const WindowPair pair_ = MakeWindowPair(front_end_).value();
};

TEST_P(Window, OverlappedProductIsOne) {
  for (int n = 0; n < front_end_.hop_size; ++n) {
    double sum = 0.0;
    for (int i = n; i < front_end_.window_size; i += front_end_.hop_size) {
      sum += static_cast<double>(pair_.analysis[i]) * pair_.synthesis[i];
    }
    ASSERT_NEAR(sum, 1.0, 2e-7) << "phase " << n;
  }
}

TEST_P(Window, SynthesisSpansTheLatency) {
  const int start = front_end_.window_size - front_end_.latency_samples;
  for (int n = 0; n < start; ++n) ASSERT_EQ(pair_.synthesis[n], 0.0f);
  // Sample start itself is where a tapered window touches 0.
  for (int n = start + 1; n < front_end_.window_size; ++n) {
    ASSERT_GT(pair_.synthesis[n], 0.0f) << n;
  }
}

TEST_P(Window, SumIsThatOfTheAnalysisWindow) {
  double sum = 0.0;
  for (float a : pair_.analysis) sum += a;
  EXPECT_NEAR(pair_.analysis_sum, sum, 1e-6 * sum);
  EXPECT_GT(sum, 0.5 * front_end_.window_size);
}

TEST_P(Window, FortyEightKilohertzIsTheSameShape) {
  const auto at16 =
      MakeWindowPair(FrontEnd::Create(front_end_.window, 16000).value())
          .value();
  const int factor = front_end_.sample_rate_hz / 16000;
  for (int n = 0; n < 512; ++n) {
    ASSERT_NEAR(pair_.analysis[factor * n], at16.analysis[n], 1e-7);
    ASSERT_NEAR(pair_.synthesis[factor * n], at16.synthesis[n], 1e-7);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Window,
    testing::Combine(testing::Values(WindowKind::kSqrtHann, WindowKind::kBoxcar,
                                     WindowKind::kLowLatency),
                     testing::Values(16000, 48000)));

TEST(WindowPair, SqrtHannSquaredIsThePeriodicHann) {
  const WindowPair pair = MakeWindowPair(FrontEnd()).value();
  for (int n = 0; n < 512; ++n) {
    const double hann = 0.5 - 0.5 * std::cos(2.0 * std::acos(-1.0) * n / 512);
    ASSERT_NEAR(pair.analysis[n] * pair.analysis[n], hann, 1e-6);
  }
}

TEST(WindowPair, LowLatencyAnalysisRisesLongAndFallsShort) {
  const WindowPair pair =
      MakeWindowPair(FrontEnd::Create(WindowKind::kLowLatency, 16000).value())
          .value();
  EXPECT_EQ(pair.analysis[384], 1.0f);
  for (int n = 1; n <= 384; ++n) {
    ASSERT_GT(pair.analysis[n], pair.analysis[n - 1]);
  }
  for (int n = 385; n < 512; ++n) {
    ASSERT_LT(pair.analysis[n], pair.analysis[n - 1]);
  }
}

TEST(WindowPair, RefusesAFrontEndWithOtherSizes) {
  FrontEnd front_end;
  front_end.hop_size = 100;
  EXPECT_EQ(MakeWindowPair(front_end).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tacet
