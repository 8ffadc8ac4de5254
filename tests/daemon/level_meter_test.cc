// SPDX-License-Identifier: Apache-2.0
#include "daemon/level_meter.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "daemon/status.h"
#include "gtest/gtest.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

TEST(LevelMeter, SineOfHalfScaleReadsMinus9And6Db) {
  LevelMeter meter(48000);
  const std::vector<float> x = Sine(48000, 1000, 48000, 0.5);
  const float* const channels[] = {x.data()};
  meter.Process(channels, 48000);
  EXPECT_NEAR(meter.rms_db(), -9.03, 0.01);
  EXPECT_NEAR(meter.peak_db(), -6.02, 0.01);
}

TEST(LevelMeter, ShowsOnlyTheLastWindow) {
  LevelMeter meter(48000);
  std::vector<float> x = Sine(9600, 1000, 48000, 0.5);
  std::fill(x.begin() + 4800, x.end(), 0.0f);
  const float* const channels[] = {x.data()};
  meter.Process(channels, 4800);
  EXPECT_GT(meter.rms_db(), -10.0f);
  const float* const rest[] = {x.data() + 4800};
  meter.Process(rest, 4800);
  EXPECT_EQ(meter.rms_db(), MeterReading::kSilenceDb);
  EXPECT_EQ(meter.peak_db(), MeterReading::kSilenceDb);
}

TEST(LevelMeter, NonFiniteSamplesCountAsSilence) {
  LevelMeter meter(48000);
  std::vector<float> x(4800, std::numeric_limits<float>::quiet_NaN());
  const float* const channels[] = {x.data()};
  const RealtimeGuard::Counts counts =
      CountRealtimeViolations([&] { meter.Process(channels, 4800); });
  EXPECT_EQ(counts.total(), 0);
  EXPECT_EQ(meter.rms_db(), MeterReading::kSilenceDb);
}

}  // namespace
}  // namespace tacet
