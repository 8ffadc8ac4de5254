// SPDX-License-Identifier: Apache-2.0
// Against a real PulseAudio server, with programs of others as microphone and
// listener.
#include "daemon/pulse_backend.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "tests/daemon/noise_sequence.h"
#include "tests/daemon/pulse_server.h"
#include "tests/daemon/ring_client.h"

namespace tacet {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kRate = 48000;
constexpr char kMicrophone[] = "tacet_microphone";

constexpr char kRunAsDaemon[] = "--run-as-daemon";

// Far beyond what anything takes on a busy machine.
constexpr int kLimitMs = 30000;
// A call that takes longer hangs; on a quiet machine none takes 0.1 s.
constexpr double kHangSeconds = 5.0;

BackendParams Params() {
  BackendParams params;
  params.period_frames = 480;
  params.sample_rate_hz = kRate;
  return params;
}

double Seconds(steady_clock::time_point since) {
  return std::chrono::duration<double>(steady_clock::now() - since).count();
}

class PulseBackendTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(IsInstalled("pulseaudio") && IsInstalled("parec"))
        << "install pulseaudio and pulseaudio-utils";
    UseRealtimeScheduling();
    ASSERT_TRUE(server_.Start());
    WriteSamples(server_.file("noise"), sequence_);
  }

  absl::Status Start() {
    const auto begin = steady_clock::now();
    absl::Status status = backend_->Start(params_, &client_);
    EXPECT_LT(Seconds(begin), kHangSeconds);
    return status;
  }
  bool WaitFor(BackendState state) {
    const bool reached = WaitUntil(
        [&] {
          backend_->Dispatch();
          return backend_->status().state == state;
        },
        kLimitMs);
    EXPECT_TRUE(reached) << "state "
                         << static_cast<int>(backend_->status().state) << " "
                         << backend_->status().detail;
    return reached;
  }
  void Stop() {
    const auto begin = steady_clock::now();
    backend_->Stop();
    EXPECT_LT(Seconds(begin), kHangSeconds);
    WaitFor(BackendState::kStopped);
    EXPECT_FALSE(client_.is_active());
  }
  // The bytes of a recording grow.
  bool Records(const std::string& path) {
    const size_t before = ReadAll(path).size();
    return WaitUntil([&] { return ReadAll(path).size() > before + 9600; },
                     kLimitMs);
  }

  PulseServer server_;
  const std::vector<int16_t> sequence_ = NoiseSequence(20 * kRate);
  BackendParams params_ = Params();
  RingClient client_{150 * kRate / 1000};
  std::unique_ptr<AudioBackend> backend_ = MakePulseBackend();
};

TEST_F(PulseBackendTest, PassesEverySampleOfARealRecording) {
  params_.period_frames = 4096;  // 85 ms that the machine may be busy for
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kIdle));
  const auto player = server_.Play("feed1", server_.file("noise"));
  const auto recorder = server_.Record(kMicrophone, server_.file("record"));
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  EXPECT_EQ(client_.clock_domain, ClockDomain::kTwo);
  EXPECT_EQ(client_.capture_format.sample_rate_hz, kRate);
  EXPECT_EQ(client_.playback_format.sample_rate_hz, kRate);
  ASSERT_TRUE(
      WaitUntil([&] { return client_.frames_out > 8 * kRate; }, kLimitMs));
  const BackendStatus status = backend_->status();
  EXPECT_EQ(status.state, BackendState::kRunning) << status.detail;
  EXPECT_EQ(status.capture_device, "mic1");
  EXPECT_EQ(status.num_listeners, 1);
  EXPECT_LE(status.capture.period_frames, 2 * params_.period_frames);
  EXPECT_LE(status.playback.period_frames, 2 * params_.period_frames);
  EXPECT_GT(status.latency_ms, 0.0);
  EXPECT_LE(status.latency_ms, 2e3 * params_.period_frames / kRate);
  Stop();
  const SequenceMatch match = FindSequence(
      sequence_, ToSamples(ReadAll(server_.file("record"))), kRate);
  EXPECT_GT(match.num_matching, 4 * kRate);
  EXPECT_EQ(match.num_breaks, 0);
  EXPECT_EQ(match.num_other, 0);
  EXPECT_EQ(client_.missing_frames, 0);
  EXPECT_FALSE(client_.time_went_back);
  EXPECT_FALSE(client_.configured_while_active());
}

TEST_F(PulseBackendTest, MicrophoneHasItsNameAndGoesAtStop) {
  params_.name = "Bob's \"quiet\" \\ microphone";
  const std::string modules = server_.Ctl("list short modules");
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kIdle));
  EXPECT_TRUE(server_.HasSource(kMicrophone));
  EXPECT_TRUE(absl::StrContains(
      server_.Ctl("list sources"),
      "Description: Bob\u2019s \u201dquiet\u201d / microphone\n"));
  // Ours are not among the sources to choose from.
  absl::StatusOr<std::vector<DeviceInfo>> devices = backend_->Devices();
  ASSERT_TRUE(devices.ok());
  int num_defaults = 0;
  for (const DeviceInfo& device : *devices) {
    EXPECT_FALSE(absl::StrContains(device.name, "tacet")) << device.name;
    if (device.is_default) {
      ++num_defaults;
      EXPECT_EQ(device.name, "mic1");
      EXPECT_FALSE(device.is_monitor);
      EXPECT_EQ(device.sample_rate_hz, kRate);
    }
  }
  EXPECT_EQ(num_defaults, 1);
  EXPECT_GE(devices->size(), 4u);
  Stop();
  EXPECT_EQ(server_.Ctl("list short modules"), modules);
}

TEST_F(PulseBackendTest, SleepsWhileNobodyListens) {
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kIdle));
  std::this_thread::sleep_for(milliseconds(1500));
  EXPECT_EQ(client_.num_calls, 0);
  EXPECT_TRUE(WaitUntil(
      [&] {
        return absl::StrContains(server_.Ctl("list short sources"),
                                 "mic1\tmodule-remap-source.c\ts16le 1ch "
                                 "48000Hz\tSUSPENDED");
      },
      kLimitMs))
      << "the microphone is still in use";
  for (int i = 0; i < 3; ++i) {
    const auto recorder = server_.Record(kMicrophone, server_.file("record"));
    ASSERT_TRUE(WaitFor(BackendState::kRunning));
    EXPECT_TRUE(WaitUntil([&] { return client_.num_calls > 10; }, kLimitMs));
    recorder->Signal(SIGTERM);
    ASSERT_TRUE(WaitFor(BackendState::kIdle));
    std::this_thread::sleep_for(milliseconds(100));
    client_.num_calls = 0;
    std::this_thread::sleep_for(milliseconds(300));
    EXPECT_EQ(client_.num_calls, 0);
  }
}

TEST_F(PulseBackendTest, FollowsTheDefaultButNeverItself) {
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kIdle));
  const auto player = server_.Play("feed2", server_.file("noise"));
  const auto recorder = server_.Record(kMicrophone, server_.file("record"));
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  EXPECT_TRUE(WaitUntil([&] { return client_.num_calls > 10; }, kLimitMs));
  EXPECT_EQ(client_.level, 0.0f);
  server_.Ctl("set-default-source mic2");
  EXPECT_TRUE(WaitUntil([&] { return client_.level > 0.1f; }, kLimitMs));
  EXPECT_EQ(backend_->status().capture_device, "mic2");
  for (const char* ours : {"tacet_sink.monitor", "tacet_microphone"}) {
    server_.Ctl(std::string("set-default-source ") + ours);
    std::this_thread::sleep_for(milliseconds(500));
    EXPECT_EQ(backend_->status().capture_device, "mic2") << ours;
    EXPECT_EQ(backend_->status().state, BackendState::kRunning);
  }
  EXPECT_FALSE(client_.configured_while_active());
}

TEST_F(PulseBackendTest, CapturesANamedMonitor) {
  params_.source = "feed2.monitor";
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kIdle));
  EXPECT_EQ(backend_->status().capture_device, "feed2.monitor");
}

TEST_F(PulseBackendTest, RefusesToCaptureItself) {
  params_.source = kMicrophone;
  ASSERT_TRUE(Start().ok());
  EXPECT_TRUE(WaitUntil(
      [&] {
        return absl::StrContains(backend_->status().detail,
                                 "no source tacet_microphone");
      },
      kLimitMs));
  EXPECT_EQ(backend_->status().state, BackendState::kStarting);
  EXPECT_TRUE(server_.HasSource(kMicrophone));
}

TEST_F(PulseBackendTest, SurvivesRemovalAndReturnOfItsSource) {
  params_.source = "mic9";
  const std::string load =
      "load-module module-remap-source source_name=mic9 master=feed1.monitor";
  // Keeps feed1 from rendering far ahead.
  const auto player = server_.Play("feed1", server_.file("noise"));
  ASSERT_TRUE(WaitUntil(
      [&] {
        return absl::StrContains(server_.Ctl("list short sinks"), "RUNNING");
      },
      kLimitMs));
  const std::string module = server_.Ctl(load);
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kIdle));
  const auto recorder = server_.Record(kMicrophone, server_.file("record"));
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  EXPECT_TRUE(WaitUntil([&] { return client_.num_calls > 10; }, kLimitMs));
  server_.Ctl("unload-module " + module);
  ASSERT_TRUE(WaitFor(BackendState::kStarting));
  EXPECT_EQ(backend_->status().capture_device, "");
  EXPECT_TRUE(server_.HasSource(kMicrophone));
  // Whoever records goes on.
  EXPECT_TRUE(Records(server_.file("record")));
  client_.num_calls = 0;
  server_.Ctl(load);
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  EXPECT_TRUE(WaitUntil([&] { return client_.num_calls > 0; }, kLimitMs));
}

TEST_F(PulseBackendTest, DefaultSourceRemovedLeadsToAnother) {
  const std::string module = server_.Ctl(
      "load-module module-remap-source source_name=mic9 master=feed1.monitor");
  server_.Ctl("set-default-source mic9");
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kIdle));
  EXPECT_EQ(backend_->status().capture_device, "mic9");
  server_.Ctl("unload-module " + module);
  EXPECT_TRUE(WaitUntil(
      [&] {
        const std::string device = backend_->status().capture_device;
        return device == "mic1" || device == "mic2";
      },
      kLimitMs))
      << backend_->status().capture_device;
}

TEST_F(PulseBackendTest, DeadServerIsNoticedAndANewOneUsed) {
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kIdle));
  {
    const auto recorder = server_.Record(kMicrophone, server_.file("record"));
    ASSERT_TRUE(WaitFor(BackendState::kRunning));
    server_.process().Kill();
  }
  ASSERT_TRUE(WaitFor(BackendState::kFailed));
  EXPECT_FALSE(backend_->status().detail.empty());
  EXPECT_FALSE(backend_->status().is_absent);  // it was there
  Stop();
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kFailed));
  EXPECT_TRUE(backend_->status().is_absent);
  Stop();
  ASSERT_TRUE(server_.Start());
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kIdle));
  EXPECT_TRUE(server_.HasSource(kMicrophone));
}

TEST_F(PulseBackendTest, HangingServerIsNoticedAndStopIsBounded) {
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kIdle));
  const auto recorder = server_.Record(kMicrophone, server_.file("record"));
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  server_.process().Signal(SIGSTOP);
  ASSERT_TRUE(WaitFor(BackendState::kFailed));
  Stop();
  // What could not be removed is adopted by the next start.
  server_.process().Signal(SIGCONT);
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
}

TEST_F(PulseBackendTest, AdoptsWhatAKilledDaemonLeft) {
  const std::string modules = server_.Ctl("list short modules");
  {
    ChildProcess daemon({"/proc/self/exe", kRunAsDaemon},
                        server_.file("daemon"));
    ASSERT_TRUE(
        WaitUntil([&] { return server_.HasSource(kMicrophone); }, kLimitMs));
  }
  ASSERT_TRUE(server_.HasSource(kMicrophone));
  const auto recorder = server_.Record(kMicrophone, server_.file("record"));
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  EXPECT_TRUE(Records(server_.file("record")));
  EXPECT_FALSE(server_.HasSource("tacet_microphone.2"));
  Stop();
  EXPECT_EQ(server_.Ctl("list short modules"), modules);
}

TEST_F(PulseBackendTest, ReplacesLeftoversOfOtherSettings) {
  const std::string modules = server_.Ctl("list short modules");
  server_.Ctl(
      "load-module module-null-sink sink_name=tacet_sink rate=16000 "
      "sink_properties=tacet.daemon=1");
  server_.Ctl(
      "load-module module-remap-source source_name=tacet_microphone "
      "master=tacet_sink.monitor source_properties=tacet.daemon=1");
  ASSERT_TRUE(server_.HasSource(kMicrophone));
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kIdle));
  EXPECT_TRUE(absl::StrContains(server_.Ctl("list short sources"),
                                "tacet_microphone\tmodule-remap-source.c\t"
                                "float32le 1ch 48000Hz"));
  Stop();
  EXPECT_EQ(server_.Ctl("list short modules"), modules);
}

TEST_F(PulseBackendTest, FailsWhenItsMicrophoneIsRemoved) {
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kIdle));
  server_.Ctl("unload-module module-remap-source");
  ASSERT_TRUE(WaitFor(BackendState::kFailed));
  Stop();
}

TEST_F(PulseBackendTest, FailsWhenTheClientRefusesTheFormat) {
  client_.refuse = true;
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kFailed));
  EXPECT_EQ(backend_->status().detail, "refused by the test");
  Stop();
  EXPECT_FALSE(server_.HasSource(kMicrophone));
}

TEST_F(PulseBackendTest, EventDescriptorTellsOfAListener) {
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kIdle));
  pollfd poll_fd = {backend_->event_fd(), POLLIN, 0};
  ASSERT_TRUE(WaitUntil(
      [&] {
        backend_->Dispatch();
        return poll(&poll_fd, 1, 200) == 0;
      },
      kLimitMs));
  const auto recorder = server_.Record(kMicrophone, server_.file("record"));
  EXPECT_EQ(poll(&poll_fd, 1, kLimitMs), 1);
}

TEST(PulseBackend, IsUnavailableWithoutAServer) {
  setenv("PULSE_SERVER", "unix:/nonexistent/pulse", 1);
  RingClient client(480);
  std::unique_ptr<AudioBackend> backend = MakePulseBackend();
  ASSERT_TRUE(backend->Start({}, &client).ok());
  EXPECT_TRUE(WaitUntil(
      [&] { return backend->status().state == BackendState::kFailed; },
      kLimitMs));
  EXPECT_TRUE(backend->status().is_absent);
  EXPECT_NE(backend->status().detail, "");
  backend->Stop();
  EXPECT_TRUE(WaitUntil(
      [&] {
        backend->Dispatch();
        return backend->status().state == BackendState::kStopped;
      },
      kLimitMs));
  EXPECT_FALSE(backend->Devices().ok());
}

}  // namespace

// Runs a backend until killed.
int RunAsDaemon() {
  std::unique_ptr<AudioBackend> backend = MakePulseBackend();
  RingClient client(480);
  if (!backend->Start(Params(), &client).ok()) return 1;
  for (;;) pause();
}

}  // namespace tacet

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == tacet::kRunAsDaemon) {
    return tacet::RunAsDaemon();
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
