// SPDX-License-Identifier: Apache-2.0
#include "dsp/finite_samples.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(FiniteSamples, ReplacesAndCountsBrokenSamples) {
  const std::vector<float> x = {0.5f, kNan, kInf, -kInf, 1e30f, -1e30f, -0.5f};
  std::vector<float> y(x.size());
  EXPECT_EQ(MakeFinite(x, y), 5);
  EXPECT_EQ(y, (std::vector<float>{0.5f, 0.0f, 0.0f, 0.0f, kMaxAbsSample,
                                   -kMaxAbsSample, -0.5f}));
}

TEST(FiniteSamples, LeavesSoundSamplesAlone) {
  const std::vector<float> x = {0.0f,          1.0f,           -32768.0f,
                                kMaxAbsSample, -kMaxAbsSample, 1e-42f};
  std::vector<float> y(x.size());
  EXPECT_EQ(MakeFinite(x, y), 0);
  EXPECT_EQ(y, x);
}

TEST(FiniteSamples, WorksInPlace) {
  std::vector<float> x = {kNan, 2.0f};
  EXPECT_EQ(MakeFinite(x, x), 1);
  EXPECT_EQ(x, (std::vector<float>{0.0f, 2.0f}));
}

TEST(FiniteSamples, ProcessIsRealtimeSafe) {
  std::vector<float> x = {kNan, 2.0f, kInf, 1e30f};
  EXPECT_EQ(CountRealtimeViolations([&] { MakeFinite(x, x); }).total(), 0);
}

}  // namespace
}  // namespace tacet
