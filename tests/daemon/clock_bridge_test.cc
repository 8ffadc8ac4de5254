// SPDX-License-Identifier: Apache-2.0
// The fake device drives the audio path over two clocks. The signal is a ramp
// x(t) = t / kRampSeconds of the true time, so each sample that comes out says
// how old it is.
#include "daemon/clock_bridge.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "daemon/audio_path.h"
#include "daemon/fake_device.h"
#include "daemon/path_counters.h"
#include "gtest/gtest.h"
#include "tests/daemon/uneven_callbacks.h"
#include "tests/model/engine_support.h"

namespace tacet {
namespace {

constexpr double kRampSeconds = 200.0;

struct Outcome {
  // Of every sample from kSettledSeconds on.
  double least_delay_ms = 1e9;
  double most_delay_ms = -1e9;
  double largest_step = 0.0;  // of the ramp's own, from sample to sample
  double ratio_ppm = 0.0;
  double fastest_slew = 0.0;  // 1/s, after the acquisition
  int64_t frames_faked = 0;   // dropped or inserted after settled_s
  RingStatus ring;
  LatencyParts latency;
};

FakeDeviceParams TwoClocks(double capture_ppm, double playback_ppm,
                           double jitter_ms) {
  FakeDeviceParams params;
  params.clocks = ClockDomain::kTwo;
  params.capture_ppm = capture_ppm;
  params.playback_ppm = playback_ppm;
  params.jitter_ms = jitter_ms;
  return params;
}

int64_t Faked(const AudioCounters& counters) {
  return counters.frames_dropped + counters.frames_inserted;
}

Outcome Simulate(FakeDeviceParams params, double seconds,
                 double settled_s = 5.0) {
  const int rate_hz = params.capture.sample_rate_hz;
  const double capture_hz = rate_hz * (1.0 + 1e-6 * params.capture_ppm);
  const double playback_hz = rate_hz * (1.0 + 1e-6 * params.playback_ppm);
  Outcome outcome;
  params.signal = [=](int64_t frame, int) {
    return static_cast<float>(frame / capture_hz / kRampSeconds);
  };
  float last = -1.0f;
  params.sink = [&](std::span<const float* const> out, int n, int64_t frame) {
    for (int i = 0; i < n; ++i) {
      const double t = static_cast<double>(frame + i) / playback_hz;
      if (t < settled_s) continue;
      const double delay_ms = 1e3 * (t - kRampSeconds * out[0][i]);
      outcome.least_delay_ms = std::min(outcome.least_delay_ms, delay_ms);
      outcome.most_delay_ms = std::max(outcome.most_delay_ms, delay_ms);
      if (last >= 0.0f) {
        outcome.largest_step =
            std::max(outcome.largest_step,
                     std::abs(out[0][i] - last) * kRampSeconds * playback_hz);
      }
      last = out[0][i];
    }
  };
  AudioPathParams path_params;
  path_params.engine = UnitSource();
  AudioPath path(path_params);
  EXPECT_TRUE(
      path.Configure(params.capture, params.playback, params.clocks).ok());
  FakeDevice device(params);
  device.SetClient(&path);
  double ratio_ppm = 0.0;
  int64_t faked = 0;
  for (int step = 1; step <= 10 * seconds; ++step) {
    device.RunUntil(int64_t{100'000'000} * step);
    const RingStatus ring = path.ring();
    EXPECT_LE(ring.fill_frames, ring.capacity_frames);
    EXPECT_TRUE(IsBalanced(path.counters()));
    EXPECT_EQ(path.counters().frames_in_flight, ring.fill_frames);
    if (step > 10 * (ClockBridge::kAcquireSeconds + 1)) {
      outcome.fastest_slew =
          std::max(outcome.fastest_slew,
                   1e-6 * std::abs(ring.ratio_ppm - ratio_ppm) / 0.1);
    }
    ratio_ppm = ring.ratio_ppm;
    if (step == static_cast<int>(10 * settled_s)) {
      faked = Faked(path.counters());
    }
  }
  outcome.ratio_ppm = ratio_ppm;
  outcome.frames_faked = Faked(path.counters()) - faked;
  outcome.ring = path.ring();
  outcome.latency = path.latency();
  return outcome;
}

TEST(ClockBridge, LatencyStaysWithin1MsAtAnyDriftAndJitter) {
  for (const double ppm : {-1000.0, -100.0, 0.0, 500.0, 1000.0}) {
    for (const double jitter_ms : {0.0, 1.0}) {
      const Outcome outcome = Simulate(TwoClocks(ppm, 0.0, jitter_ms), 60.0);
      EXPECT_GT(outcome.least_delay_ms, outcome.latency.total_ms - 1.0)
          << ppm << " " << jitter_ms;
      EXPECT_LT(outcome.most_delay_ms, outcome.latency.total_ms + 1.0)
          << ppm << " " << jitter_ms;
      EXPECT_NEAR(outcome.ratio_ppm, ppm, 30.0) << jitter_ms;
      EXPECT_EQ(outcome.frames_faked, 0) << ppm << " " << jitter_ms;
    }
  }
}

TEST(ClockBridge, OppositeDriftsAreBridgedToTheLimit) {
  const Outcome outcome = Simulate(TwoClocks(700.0, -700.0, 0.5), 40.0);
  EXPECT_NEAR(outcome.ratio_ppm, 1400.0, 30.0);
  EXPECT_LT(outcome.most_delay_ms, outcome.latency.total_ms + 1.0);
  EXPECT_GT(outcome.least_delay_ms, outcome.latency.total_ms - 1.0);
}

TEST(ClockBridge, RatioNeverSlewsFasterThan50PpmASecond) {
  const Outcome outcome = Simulate(TwoClocks(1000.0, 0.0, 1.0), 60.0);
  EXPECT_LE(outcome.fastest_slew, ClockBridge::kMaxSlew * 1.1);
}

TEST(ClockBridge, NeverSkipsOrRepeatsOnceSettled) {
  const Outcome outcome = Simulate(TwoClocks(1000.0, 0.0, 1.0), 12.0);
  // A ramp's steps are as even as the ratio; a frame left out would be 2. In 12
  // s the ramp reaches 600000 steps, so that float's grain is 0.04 of one.
  EXPECT_LT(outcome.largest_step, 1.9);
}

TEST(ClockBridge, RingIsPeriodsAnd4Ms) {
  FakeDeviceParams params = TwoClocks(0, 0, 0);
  params.capture.period_frames = 480;
  params.playback.period_frames = 240;
  const Outcome outcome = Simulate(params, 1.0);
  EXPECT_EQ(outcome.ring.capacity_frames, 480 + 240 + 192);
  EXPECT_LE(outcome.latency.ring_margin_ms, 8.0);
}

TEST(ClockBridge, UnequalPeriodsKeepTheLatencyToo) {
  FakeDeviceParams params = TwoClocks(300.0, 0.0, 0.3);
  params.capture.period_frames = 1024;
  params.playback.period_frames = 128;
  const Outcome outcome = Simulate(params, 30.0);
  EXPECT_GT(outcome.least_delay_ms, outcome.latency.total_ms - 1.0);
  EXPECT_LT(outcome.most_delay_ms, outcome.latency.total_ms + 1.0);
}

TEST(ClockBridge, LatencyIsTheSameAfterEveryKindOfFault) {
  using Kind = FakeEvent::Kind;
  for (const Kind kind :
       {Kind::kXrun, Kind::kStallCapture, Kind::kStallPlayback, Kind::kLate}) {
    FakeDeviceParams params = TwoClocks(200.0, 0.0, 0.2);
    params.events = {{kind, 10.0, 0.1}, {kind, 12.0, 0.02}, {kind, 14.0, 0.7}};
    const Outcome outcome = Simulate(params, 40.0, 22.0);
    EXPECT_GT(outcome.least_delay_ms, outcome.latency.total_ms - 1.0)
        << static_cast<int>(kind);
    EXPECT_LT(outcome.most_delay_ms, outcome.latency.total_ms + 1.0)
        << static_cast<int>(kind);
  }
}

// A callback may be shorter than the fade, and the next one give sound again.
TEST(ClockBridge, GapInShortCallbacksIsFadedWithoutAStep) {
  constexpr int kRate = 48000, kCapture = 256, kPlayback = 127;
  constexpr float kValue = 0.5f;
  PathCounters counters;
  ClockBridge bridge({.sample_rate_hz = kRate,
                      .capture_period = kCapture,
                      .playback_period = kPlayback},
                     &counters);
  const std::vector<float> heard(kCapture, kValue);
  const float* const in[] = {heard.data()};
  std::vector<float> played(kPlayback);
  float* const out[] = {played.data()};
  const auto ns = [](int64_t frames) { return 1'000'000'000 * frames / kRate; };
  float last = 0.0f, largest_step = 0.0f, least = kValue;
  for (int64_t time = 1; time < 3 * kRate; ++time) {
    if (time % kCapture == 0) {
      bridge.Capture(in, kCapture);
      bridge.EndCapture(kCapture, ns(time));
    }
    // The ring overflows, which is a gap.
    const bool stands_still = time > 2 * kRate && time < 2 * kRate + 2400;
    if (time % kPlayback != 0 || stands_still) continue;
    bridge.Playback(out, kPlayback, ns(time));
    for (const float value : played) {
      largest_step = std::max(largest_step, std::abs(value - last));
      if (time > 2 * kRate) least = std::min(least, value);
      last = value;
    }
  }
  EXPECT_LT(least, 0.9f * kValue);  // there was one
  EXPECT_NEAR(last, kValue, 1e-3);
  EXPECT_LT(largest_step,
            1.01f * kValue / (1e-3f * ClockBridge::kFadeMs * kRate));
}

struct UnevenOutcome {
  double least_ms = 1e9;  // of each sample's delay less the nominal, settled
  double most_ms = -1e9;
  double first_sound_s = -1.0;
  int64_t frames_faked = 0;  // since the first sound
  RingStatus ring;
};

// A bridge alone, with a source and a sink whose callbacks come as those of a
// PulseAudio server. A sample is due when the sink has taken it.
UnevenOutcome BridgeUneven(const UnevenParams& params, double settled_s = 5.0) {
  const double capture_hz = params.rate_hz * (1.0 + 1e-6 * params.capture_ppm);
  const double playback_hz =
      params.rate_hz * (1.0 + 1e-6 * params.playback_ppm);
  PathCounters counters;
  ClockBridge bridge({.sample_rate_hz = params.rate_hz,
                      .num_channels = 1,
                      .capture_period = 2 * params.fragment,
                      .playback_period = 2 * params.fragment,
                      .playback_jitter = params.fragment},
                     &counters);
  const double nominal_ms =
      1e3 * (bridge.latency_frames() - params.fragment) / params.rate_hz;
  UnevenOutcome outcome;
  std::vector<float> plane(8 * params.fragment);
  float* const out[] = {plane.data()};
  const float* const in[] = {plane.data()};
  int64_t heard = 0, played = 0, faked = 0;
  for (const UnevenCallback& callback : UnevenCallbacks(params)) {
    const int n = callback.num_frames;
    if (!callback.is_playback) {
      for (int i = 0; i < n; ++i) {
        plane[i] = static_cast<float>((heard + i) / capture_hz / kRampSeconds);
      }
      heard += n;
      bridge.Capture(in, n);
      bridge.EndCapture(n, callback.now_ns);
      continue;
    }
    const bool sounds = bridge.Playback(out, n, callback.now_ns) >= 0;
    if (sounds && outcome.first_sound_s < 0.0) {
      outcome.first_sound_s = 1e-9 * static_cast<double>(callback.now_ns);
      faked = Faked(counters.Snapshot());
    }
    for (int i = 0; i < n; ++i, ++played) {
      const double t = static_cast<double>(played) / playback_hz;
      if (t < settled_s) continue;
      const double off_ms = 1e3 * (t - kRampSeconds * plane[i]) - nominal_ms;
      outcome.least_ms = std::min(outcome.least_ms, off_ms);
      outcome.most_ms = std::max(outcome.most_ms, off_ms);
    }
  }
  outcome.frames_faked = Faked(counters.Snapshot()) - faked;
  outcome.ring = bridge.status();
  return outcome;
}

// What failed once: the ratio began with the rate of a few callbacks, stood at
// its limit after the acquisition, and was slewed back for half a minute while
// the ring ran full or empty.
TEST(ClockBridge, UnevenCallbacksLoseNothingAndKeepTheLatency) {
  for (const int fragment : {240, 2048}) {
    for (const double ppm : {-1000.0, 0.0, 1000.0}) {
      for (const double late_ms : {0.0, 3.0}) {
        for (const uint32_t seed : {1u, 2u, 3u}) {
          UnevenParams params;
          params.fragment = fragment;
          params.capture_ppm = ppm;
          params.late_ms = late_ms;
          params.seconds = 40.0;
          params.seed = seed;
          const UnevenOutcome outcome = BridgeUneven(params);
          SCOPED_TRACE(testing::Message()
                       << "fragment " << fragment << ", " << ppm
                       << " ppm, late " << late_ms << " ms, seed " << seed);
          EXPECT_EQ(outcome.frames_faked, 0);
          EXPECT_GT(outcome.least_ms, -1.0);
          EXPECT_LT(outcome.most_ms, 1.0);
          EXPECT_NEAR(outcome.ring.ratio_ppm, ppm, 50.0);
          EXPECT_GT(outcome.first_sound_s, 0.0);
          EXPECT_LT(outcome.first_sound_s, 0.35);
        }
      }
    }
  }
}

TEST(ClockBridge, SettlesWhenTheFirstCallbacksAreLate) {
  // All of the first block, as when programs start: the position that it gives
  // is 5 ms wrong, and is found anew with the second.
  UnevenParams params;
  params.seconds = 20.0;
  PathCounters counters;
  ClockBridge bridge({.capture_period = 4096,
                      .playback_period = 4096,
                      .playback_jitter = 2048},
                     &counters);
  std::vector<float> plane(16384);
  float* const out[] = {plane.data()};
  const float* const in[] = {plane.data()};
  for (const UnevenCallback& callback : UnevenCallbacks(params)) {
    if (callback.is_playback) {
      bridge.Playback(out, callback.num_frames, callback.now_ns);
    } else {
      const bool is_late = callback.now_ns < 150'000'000;
      bridge.Capture(in, callback.num_frames);
      bridge.EndCapture(callback.num_frames,
                        callback.now_ns + (is_late ? 5'000'000 : 0));
    }
    if (callback.now_ns > 5'000'000'000) {
      ASSERT_LT(std::abs(bridge.status().error_ms), 1.0) << callback.now_ns;
    }
  }
}

}  // namespace
}  // namespace tacet
