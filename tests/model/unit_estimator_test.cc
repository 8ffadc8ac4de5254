// SPDX-License-Identifier: Apache-2.0
#include "model/unit_estimator.h"

#include <gtest/gtest.h>

#include <complex>
#include <limits>
#include <vector>

#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

using Complex = std::complex<float>;

TEST(UnitEstimator, AnswersEachTokenOnceWithOne) {
  UnitEstimator estimator(FrontEndId{WindowKind::kLowLatency});
  const std::vector<float> f(kNumModelBins, 0.3f);
  std::vector<Complex> mask(kNumModelBins);
  EXPECT_EQ(estimator.front_end().window, WindowKind::kLowLatency);
  EXPECT_EQ(estimator.mask_kind(), MaskKind::kReal);
  EXPECT_FALSE(estimator.Collect(mask));
  EXPECT_TRUE(estimator.Submit(f));
  EXPECT_FALSE(estimator.Submit(f));
  EXPECT_TRUE(estimator.Collect(mask));
  EXPECT_FALSE(estimator.Collect(mask));
  for (const Complex& m : mask) EXPECT_EQ(m, Complex(1, 0));
}

TEST(UnitEstimator, AnswersWithAGivenConstant) {
  UnitEstimator estimator(FrontEndId{}, Complex(0.5f, -0.25f));
  std::vector<float> f(kNumModelBins, 0.3f);
  std::vector<Complex> mask(kNumModelBins);
  EXPECT_EQ(estimator.mask_kind(), MaskKind::kComplex);
  EXPECT_TRUE(estimator.Submit(f));
  EXPECT_TRUE(estimator.Collect(mask));
  for (const Complex& m : mask) EXPECT_EQ(m, Complex(0.5f, -0.25f));
  f[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(estimator.Submit(f));
}

TEST(UnitEstimator, HasNoState) {
  UnitEstimator estimator(FrontEndId{});
  EXPECT_EQ(estimator.state_size(), 0u);
  EXPECT_TRUE(estimator.ImportState({}));
  const std::vector<float> one(1);
  EXPECT_FALSE(estimator.ImportState(one));
}

TEST(UnitEstimator, IsRealtimeSafe) {
  UnitEstimator estimator(FrontEndId{});
  const std::vector<float> f(kNumModelBins);
  std::vector<Complex> mask(kNumModelBins);
  const int violations = CountRealtimeViolations([&] {
                           estimator.Submit(f);
                           estimator.Collect(mask);
                           estimator.Reset();
                         }).total();
  EXPECT_EQ(violations, 0);
}

}  // namespace
}  // namespace tacet
