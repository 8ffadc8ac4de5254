// SPDX-License-Identifier: Apache-2.0
// Run it by scripts/e2e/pipewire_backend.sh.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "daemon/pipewire_backend.h"
#include "tests/daemon/noise_sequence.h"
#include "tests/daemon/pipewire_fixture.h"

namespace tacet {
namespace {

using Clock = std::chrono::steady_clock;

// A call that takes longer hangs; on a quiet machine none takes 0.1 s.
constexpr std::chrono::seconds kHang(5);

TEST_F(PipewireE2e, ShowsTheMicrophoneAndRestsWhileNobodyListens) {
  Start();
  EXPECT_NE(OutputOf("wpctl status").find("Tacet Microphone"),
            std::string::npos);
  EXPECT_TRUE(InGraph("\"node.name\": \"tacet_microphone\""));
  PumpFor(500);
  EXPECT_FALSE(InGraph("tacet_capture"));
  EXPECT_EQ(client_.num_calls, 0);
  EXPECT_EQ(backend_.status().num_listeners, 0);
  EXPECT_EQ(backend_.status().capture_device, "mic");

  const auto devices = backend_.Devices();
  ASSERT_TRUE(devices.ok());
  ASSERT_EQ(devices->size(), 3u);
  for (const DeviceInfo& device : *devices) {
    EXPECT_EQ(device.is_monitor, device.name == "speaker.monitor");
    EXPECT_EQ(device.is_default, device.name == "mic");
  }

  backend_.Stop();
  EXPECT_TRUE(PumpUntil(BackendState::kStopped));
  EXPECT_FALSE(InGraph("\"node.name\": \"tacet_"));
}

TEST_F(PipewireE2e, PassesEverySampleOnInTheSameCycle) {
  const std::vector<int16_t> sequence = NoiseSequence(48000 * 6);
  WriteWav(folder_.path() + "/feed.wav", sequence);
  Start();
  Record({"pipewire_record_both", "mic"});
  ASSERT_TRUE(PumpUntilHearing("mic"));
  EXPECT_EQ(backend_.status().num_listeners, 1);
  EXPECT_TRUE(client_.one_clock);
  EXPECT_EQ(client_.rate_hz, 48000);
  EXPECT_EQ(client_.num_inputs, 1);
  feeder_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{Script(), "pipewire_feed",
                               folder_.path() + "/feed.wav", "mic"},
      folder_.path() + "/feeder");
  ASSERT_TRUE(Pump([&] { return client_.num_frames > 48000 * 4; }));
  const BackendStatus status = backend_.status();
  EXPECT_GT(status.capture.period_frames, 0);
  StopRecording();
  ASSERT_TRUE(PumpUntil(BackendState::kIdle));

  const std::vector<int16_t> stereo = ReadWav(recording());
  std::vector<int16_t> direct, recorded;
  for (size_t i = 0; i + 1 < stereo.size(); i += 2) {
    direct.push_back(stereo[i]);
    recorded.push_back(stereo[i + 1]);
  }
  EXPECT_TRUE(direct == recorded);  // not a sample later
  const SequenceMatch match = FindSequence(sequence, recorded, 0);
  EXPECT_GT(match.num_matching, 48000 * 2);
  EXPECT_EQ(match.num_breaks, 0);
  EXPECT_EQ(match.num_other, 0);
  EXPECT_FALSE(client_.time_went_back);
  // Nothing runs on, though the source does.
  EXPECT_TRUE(Pump([] { return !InGraph("tacet_capture"); }));
  const int64_t num_calls = client_.num_calls;
  PumpFor(300);
  EXPECT_EQ(client_.num_calls, num_calls);
  std::cout << match.num_matching << " samples in their place, period "
            << status.capture.period_frames << ", "
            << (status.realtime == RealtimeKind::kNone ? "no " : "")
            << "real-time scheduling\n";
}

TEST_F(PipewireE2e, RunsAgainOnceSomebodyListensAgain) {
  Start();
  for (int i = 0; i < 3; ++i) {
    Record();
    ASSERT_TRUE(PumpUntilHearing("mic")) << i;
    const int64_t num_calls = client_.num_calls;
    EXPECT_TRUE(Pump([&] { return client_.num_calls > num_calls + 2; }));
    StopRecording();
    ASSERT_TRUE(PumpUntil(BackendState::kIdle)) << i;
    // Once the session manager has put the unused nodes to sleep.
    if (i == 1) PumpFor(6000);
  }
}

TEST_F(PipewireE2e, KeepsTheMicrophoneWhenItIsItselfTheDefault) {
  Start();
  // Or else the session manager moves the recorder along with the default.
  Record({"pipewire_record", "node.dont-reconnect=true"});
  ASSERT_TRUE(PumpUntilHearing("mic"));
  ASSERT_TRUE(SetDefault("tacet_microphone"));
  PumpFor(300);
  EXPECT_TRUE(PumpUntilHearing("mic"));

  // Another default is followed live, with the channels that it has.
  ASSERT_TRUE(SetDefault("webcam"));
  EXPECT_TRUE(PumpUntilHearing("webcam"));
  EXPECT_EQ(client_.num_inputs, 2);
  // Its own again: the one that it was, not the one of highest priority.
  ASSERT_TRUE(SetDefault("tacet_microphone"));
  PumpFor(300);
  EXPECT_TRUE(PumpUntilHearing("webcam"));
  ASSERT_TRUE(SetDefault("mic"));
  EXPECT_TRUE(PumpUntilHearing("mic"));
}

TEST_F(PipewireE2e, TakesTheNamedSourceAndTheDefaultWhenItGoes) {
  ASSERT_TRUE(Do("pipewire_add_source headset MONO 1"));
  Start("headset");
  Record();
  ASSERT_TRUE(PumpUntilHearing("headset"));
  OutputOf("pw-cli destroy headset");
  EXPECT_TRUE(PumpUntilHearing("mic"));
  ASSERT_TRUE(Do("pipewire_add_source headset MONO 1"));
  EXPECT_TRUE(PumpUntilHearing("headset"));
  OutputOf("pw-cli destroy headset");
}

TEST_F(PipewireE2e, HearsAMonitorThatIsNamed) {
  Start("speaker.monitor");
  Record();
  EXPECT_TRUE(Pump([&] {
    return backend_.status().state == BackendState::kRunning &&
           IsLinked("speaker");
  }));
  EXPECT_EQ(backend_.status().capture_device, "speaker.monitor");
}

TEST_F(PipewireE2e, TellsListenersOfItsLatency) {
  backend_.SetProcessLatency(777);
  Start();
  Record();
  ASSERT_TRUE(PumpUntilHearing("mic"));
  EXPECT_TRUE(Pump([] { return InGraph("\"minRate\": 777"); }));
  backend_.SetProcessLatency(0);
}

TEST_F(PipewireE2e, RefusesItselfAsSource) {
  BackendParams params;
  params.source = "tacet_microphone";
  EXPECT_EQ(backend_.Start(params, &client_).code(),
            absl::StatusCode::kInvalidArgument);
  params.source = "default";
  params.num_channels = 9;
  EXPECT_EQ(backend_.Start(params, &client_).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(PipewireE2e, AsksTheGraphForItsPeriod) {
  Start("default", 512);
  Record();
  ASSERT_TRUE(PumpUntilHearing("mic"));
  EXPECT_TRUE(Pump([&] {
    return backend_.status().capture.period_frames == 512 &&
           backend_.status().playback.period_frames == 512;
  }));
}

TEST_F(PipewireE2e, TheDataThreadNeitherAllocatesNorLocks) {
  client_.guard_calls = 20;
  Start();
  Record();
  ASSERT_TRUE(PumpUntilHearing("mic"));
  ASSERT_TRUE(Pump([&] { return client_.violations >= 0; }));
  EXPECT_EQ(client_.violations, 0);
}

TEST_F(PipewireE2e, StopsInTimeThoughTheServerHangs) {
  Start();
  Record();
  ASSERT_TRUE(PumpUntilHearing("mic"));
  ASSERT_TRUE(Do("pipewire_signal STOP"));
  const Clock::time_point before = Clock::now();
  backend_.Stop();
  EXPECT_EQ(backend_.status().state, BackendState::kStopping);  // no waiting
  EXPECT_TRUE(PumpUntil(BackendState::kStopped));
  EXPECT_LT(Clock::now() - before, kHang);
  ASSERT_TRUE(Do("pipewire_signal CONT"));
  EXPECT_TRUE(
      WaitUntil([] { return !InGraph("\"node.name\": \"tacet_"); }, kLimitMs));
}

TEST_F(PipewireE2e, FailsWhenTheServerHangs) {
  Start();
  ASSERT_TRUE(Do("pipewire_signal STOP"));
  EXPECT_TRUE(PumpUntil(BackendState::kFailed));
  EXPECT_NE(backend_.status().detail.find("not answered"), std::string::npos);
  backend_.Stop();
  EXPECT_TRUE(PumpUntil(BackendState::kStopped));
  ASSERT_TRUE(Do("pipewire_signal CONT"));
  Start();
}

TEST_F(PipewireE2e, FailsWithTheServerAndStartsWithTheNext) {
  Start();
  Record();
  ASSERT_TRUE(PumpUntilHearing("mic"));
  ASSERT_TRUE(Do("pipewire_kill"));
  EXPECT_TRUE(PumpUntil(BackendState::kFailed));
  EXPECT_NE(backend_.status().detail.find("went away"), std::string::npos);
  recorder_.reset();
  const Clock::time_point before = Clock::now();
  backend_.Stop();
  EXPECT_LT(Clock::now() - before, kHang);
  EXPECT_EQ(backend_.status().state, BackendState::kStopped);
  EXPECT_EQ(backend_.Start({}, &client_).code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(backend_.Devices().status().code(), absl::StatusCode::kUnavailable);

  StartServer();
  Start();
  Record();
  EXPECT_TRUE(PumpUntilHearing("mic"));
}

}  // namespace
}  // namespace tacet
