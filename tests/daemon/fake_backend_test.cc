// SPDX-License-Identifier: Apache-2.0
#include "daemon/fake_backend.h"

#include <cstdint>
#include <thread>

#include "daemon/audio_path.h"
#include "gtest/gtest.h"
#include "tests/model/engine_support.h"
#include "tests/model/make_model.h"

namespace tacet {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

// How long things take on this machine is no part of the outcome.
int64_t FrozenClock() noexcept { return 0; }

struct Outcome {
  uint64_t hash;
  AudioCounters counters;
};

Outcome Simulate(const FakeBackendParams& params, const EstimatorSource& engine,
                 int seconds) {
  AudioPathParams path_params;
  path_params.engine = engine;
  path_params.clock = &FrozenClock;
  AudioPath path(path_params);
  FakeBackend backend(params);
  EXPECT_TRUE(backend.Start({}, &path).ok());
  for (int s = 0; s < seconds; ++s) {
    backend.Advance(kSecond);
    EXPECT_TRUE(IsBalanced(path.counters()));
  }
  backend.Stop();
  return {backend.output_hash(), path.counters()};
}

FakeBackendParams Faulty() {
  using Kind = FakeEvent::Kind;
  FakeBackendParams params;
  params.device.clocks = ClockDomain::kTwo;
  params.device.capture_ppm = 1000.0;
  params.device.playback_ppm = -300.0;
  params.device.jitter_ms = 1.5;
  params.device.events = {{Kind::kXrun, 3.0, 0.01},
                          {Kind::kStallCapture, 5.0, 0.2},
                          {Kind::kStallPlayback, 7.0, 0.2},
                          {Kind::kLate, 9.0, 0.05},
                          {Kind::kNoListener, 11.0, 2.0}};
  return params;
}

TEST(FakeBackend, SameParametersGiveTheSameOutput) {
  const EstimatorSource engine = FloatEstimators(MakeModel({}));
  const Outcome first = Simulate(Faulty(), engine, 20);
  const Outcome second = Simulate(Faulty(), engine, 20);
  EXPECT_EQ(first.hash, second.hash);
  EXPECT_EQ(first.counters, second.counters);
  FakeBackendParams other = Faulty();
  other.device.seed = 2;
  EXPECT_NE(first.hash, Simulate(other, engine, 20).hash);
}

TEST(FakeBackend, EveryFaultIsAccountedFor) {
  const AudioCounters counters = Simulate(Faulty(), UnitSource(), 20).counters;
  EXPECT_EQ(counters.num_xruns, 1);
  EXPECT_EQ(counters.lost_frames, 480);
  EXPECT_GT(counters.frames_dropped, 9600 / 2);   // playback stalled 0.2 s
  EXPECT_GT(counters.frames_inserted, 9600 / 2);  // capture stalled 0.2 s
  // 1300 ppm of 17.5 s with sound, and up to 2 ms to set the delay right after
  // each of five starts.
  EXPECT_NEAR(counters.frames_stretched, -1300e-6 * 17.5 * 48000, 5 * 96);
  EXPECT_TRUE(IsBalanced(counters));
}

TEST(FakeBackend, ReportsUnplugIdleAndServerLoss) {
  using Kind = FakeEvent::Kind;
  FakeBackendParams params;
  params.device.events = {{Kind::kNoListener, 1.0, 1.0},
                          {Kind::kUnplug, 3.0, 1.0},
                          {Kind::kServerGone, 6.0, 1.0}};
  AudioPathParams path_params;
  path_params.engine = UnitSource();
  AudioPath path(path_params);
  FakeBackend backend(params);
  const auto advance_to = [&](double seconds) {
    backend.Advance(static_cast<int64_t>(1e9 * seconds) - backend.now_ns());
    return backend.status().state;
  };
  ASSERT_TRUE(backend.Start({}, &path).ok());
  EXPECT_EQ(advance_to(0.5), BackendState::kRunning);
  EXPECT_EQ(advance_to(1.5), BackendState::kIdle);
  const int64_t callbacks = path.counters().num_callbacks;
  EXPECT_EQ(advance_to(1.9), BackendState::kIdle);
  EXPECT_EQ(path.counters().num_callbacks, callbacks);
  EXPECT_EQ(advance_to(2.5), BackendState::kRunning);
  EXPECT_EQ(advance_to(3.5), BackendState::kFailed);
  backend.Stop();
  EXPECT_EQ(backend.Start({}, &path).code(), absl::StatusCode::kNotFound);
  advance_to(5.0);
  EXPECT_TRUE(backend.Start({}, &path).ok());
  EXPECT_EQ(advance_to(6.5), BackendState::kFailed);
  backend.Stop();
  EXPECT_EQ(backend.Start({}, &path).code(), absl::StatusCode::kUnavailable);
}

TEST(FakeBackend, ThreadPlaysTheSameAsByHand) {
  FakeBackendParams params;
  params.total_s = 3.0;
  const uint64_t by_hand = Simulate(params, UnitSource(), 3).hash;
  params.pace = FakeBackendParams::Pace::kFast;
  AudioPathParams path_params;
  path_params.engine = UnitSource();
  AudioPath path(path_params);
  FakeBackend backend(params);
  ASSERT_TRUE(backend.Start({}, &path).ok());
  while (!backend.is_finished()) std::this_thread::yield();
  backend.Stop();
  EXPECT_EQ(backend.output_hash(), by_hand);
  EXPECT_EQ(path.counters().frames_out, 3 * 48000 / 256 * 256);
}

}  // namespace
}  // namespace tacet
