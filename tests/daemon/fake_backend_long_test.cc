// SPDX-License-Identifier: Apache-2.0
// Long times, virtually.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "daemon/audio_path.h"
#include "daemon/fake_backend.h"
#include "gtest/gtest.h"
#include "tests/model/engine_support.h"
#include "tests/model/make_model.h"

namespace tacet {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

// Two clocks 1000 ppm apart, jitter; says what went wrong after the first
// minute.
void Soak(const EstimatorSource& engine, int rate_hz, int seconds) {
  FakeBackendParams params;
  params.device.capture.sample_rate_hz = rate_hz;
  params.device.playback.sample_rate_hz = rate_hz;
  params.device.clocks = ClockDomain::kTwo;
  params.device.capture_ppm = 1000.0;
  params.device.jitter_ms = 1.0;
  AudioPathParams path_params;
  path_params.engine = engine;
  AudioPath path(path_params);
  FakeBackend backend(params);
  ASSERT_TRUE(backend.Start({}, &path).ok());
  backend.Advance(60 * kSecond);
  const AudioCounters settled = path.counters();
  double worst_ms = 0.0;
  for (int s = 60; s < seconds; s += 60) {
    backend.Advance(60 * kSecond);
    worst_ms = std::max(worst_ms, std::abs(path.ring().error_ms));
    ASSERT_TRUE(IsBalanced(path.counters()));
  }
  const AudioCounters end = path.counters();
  EXPECT_LT(worst_ms, 1.0);
  EXPECT_EQ(end.frames_dropped, settled.frames_dropped);
  EXPECT_EQ(end.frames_inserted, settled.frames_inserted);
  EXPECT_EQ(end.num_missing_masks, 0);
  EXPECT_NEAR(static_cast<double>(end.frames_in), 1.001 * rate_hz * seconds,
              rate_hz);
}

TEST(FakeBackendLong, ADayWithAUnitMask) {
  Soak(UnitSource(), 16000, 24 * 3600);
}

TEST(FakeBackendLong, AnHourWithANetworkOfTheDefaultSize) {
  Soak(FloatEstimators(MakeModel(
           {.hidden = 128, .num_states = 64, .num_layers = 3, .density = 0.1})),
       48000, 3600);
}

}  // namespace
}  // namespace tacet
