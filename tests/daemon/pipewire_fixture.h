// SPDX-License-Identifier: Apache-2.0
// The backend in a sandbox with a real server and session manager, which
// scripts/e2e/pipewire_backend.sh makes.
#ifndef TACET_TESTS_DAEMON_PIPEWIRE_FIXTURE_H_
#define TACET_TESTS_DAEMON_PIPEWIRE_FIXTURE_H_

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/pipewire_backend.h"
#include "tests/daemon/child_process.h"
#include "tests/support/realtime_guard.h"

namespace tacet {

// Far beyond what anything takes on a busy machine.
inline constexpr int kLimitMs = 30000;

// Passes the first channel through to all.
class PassThrough final : public AudioClient {
 public:
  absl::Status Configure(const AudioFormat& capture,
                         const AudioFormat& playback,
                         ClockDomain clocks) override {
    if (busy.load()) configured_while_busy = true;
    num_inputs = capture.num_channels;
    num_outputs = playback.num_channels;
    rate_hz = capture.sample_rate_hz;
    one_clock = clocks == ClockDomain::kOne;
    return absl::OkStatus();
  }
  void Process(std::span<const float* const> in, std::span<float* const> out,
               int n, int64_t now_ns) noexcept override {
    busy = true;
    if (guard_calls > 0 && num_calls == kGuardFrom) guard_.emplace();
    if (guard_ && num_calls >= kGuardFrom + guard_calls) {
      violations = guard_->Stop().total();
      guard_.reset();
      guard_calls = 0;
    }
    if (static_cast<int>(in.size()) != num_inputs ||
        static_cast<int>(out.size()) != num_outputs) {
      wrong_channels = true;
    }
    if (now_ns < last_ns_) time_went_back = true;
    last_ns_ = now_ns;
    for (float* plane : out) std::copy(in[0], in[0] + n, plane);
    num_frames += n;
    ++num_calls;
    busy = false;
  }
  void Capture(std::span<const float* const>, int, int64_t) noexcept override {
    two_clocks_used = true;
  }
  void Playback(std::span<float* const>, int, int64_t) noexcept override {
    two_clocks_used = true;
  }
  void NoteXrun(int64_t) noexcept override { ++num_xruns; }

  // The data thread is watched from the third call on for so many calls: all
  // that it does between them, ours and libpipewire's.
  static constexpr int kGuardFrom = 3;
  std::atomic<int> guard_calls{0};
  std::atomic<int> violations{-1};  // allocations and locks; -1: still watching
  std::atomic<int> num_inputs{0}, num_outputs{0}, rate_hz{0};
  std::atomic<int64_t> num_frames{0}, num_calls{0}, num_xruns{0};
  std::atomic<bool> busy{false}, one_clock{false};
  std::atomic<bool> configured_while_busy{false}, wrong_channels{false};
  std::atomic<bool> time_went_back{false}, two_clocks_used{false};

 private:
  int64_t last_ns_ = 0;
  std::optional<RealtimeGuard> guard_;
};

inline std::string Script() { return std::getenv("TACET_LIB_PIPEWIRE"); }

inline bool Do(const std::string& arguments) {
  return std::system((Script() + " " + arguments).c_str()) == 0;
}

// 16-bit mono WAV of 48 kHz.
inline void WriteWav(const std::string& path,
                     const std::vector<int16_t>& samples) {
  const uint32_t num_bytes = static_cast<uint32_t>(samples.size() * 2);
  std::ofstream file(path, std::ios::binary);
  const auto put = [&file](uint32_t value, int size) {
    file.write(reinterpret_cast<const char*>(&value), size);
  };
  file << "RIFF";
  put(36 + num_bytes, 4);
  file << "WAVEfmt ";
  put(16, 4);
  put(1, 2);
  put(1, 2);
  put(48000, 4);
  put(96000, 4);
  put(2, 2);
  put(16, 2);
  file << "data";
  put(num_bytes, 4);
  file.write(reinterpret_cast<const char*>(samples.data()), num_bytes);
}

// The samples of a float WAV, channels interleaved; those that are no exact
// 16-bit value become 0, which the sequence never is.
inline std::vector<int16_t> ReadWav(const std::string& path) {
  const std::vector<char> bytes = ReadAll(path);
  const std::string_view text(bytes.data(), bytes.size());
  const size_t data = text.find("data");
  std::vector<int16_t> samples;
  if (data == std::string_view::npos) return samples;
  for (size_t i = data + 8; i + 4 <= bytes.size(); i += 4) {
    float value;
    std::memcpy(&value, &bytes[i], 4);
    const float scaled = value * 32768.0f;
    samples.push_back(scaled == std::trunc(scaled) && std::abs(scaled) < 32768
                          ? static_cast<int16_t>(scaled)
                          : 0);
  }
  return samples;
}

class PipewireE2e : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ASSERT_NE(std::getenv("TACET_LIB_PIPEWIRE"), nullptr)
        << "run scripts/e2e/pipewire_backend.sh";
    StartServer();
  }
  static void TearDownTestSuite() { Do("pipewire_kill"); }

  static void StartServer() {
    ASSERT_TRUE(Do("pipewire_start"));
    ASSERT_TRUE(Do("pipewire_add_source mic MONO 1000"));
    ASSERT_TRUE(Do("pipewire_add_source webcam FL,FR 500"));
    ASSERT_TRUE(Do("pipewire_add_sink speaker"));
  }

  void TearDown() override {
    recorder_.reset();
    feeder_.reset();
    backend_.Stop();
    EXPECT_TRUE(PumpUntil(BackendState::kStopped));
    EXPECT_FALSE(client_.configured_while_busy);
    EXPECT_FALSE(client_.wrong_channels);
    EXPECT_FALSE(client_.two_clocks_used);
  }

  // Dispatches until the condition holds.
  bool Pump(const std::function<bool()>& condition, int limit_ms = kLimitMs) {
    const std::chrono::steady_clock::time_point deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(limit_ms);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      pollfd fd = {backend_.event_fd(), POLLIN, 0};
      poll(&fd, 1, 20);
      backend_.Dispatch();
    }
    return true;
  }
  void PumpFor(int ms) {
    Pump([] { return false; }, ms);
  }
  bool PumpUntil(BackendState state, int limit_ms = kLimitMs) {
    return Pump([&] { return backend_.status().state == state; }, limit_ms);
  }
  testing::AssertionResult PumpUntilHearing(const std::string& device) {
    const auto hears = [&] {
      const BackendStatus status = backend_.status();
      return status.state == BackendState::kRunning &&
             status.capture_device == device && IsLinked(device);
    };
    if (Pump(hears)) return testing::AssertionSuccess();
    const BackendStatus status = backend_.status();
    return testing::AssertionFailure()
           << "state " << static_cast<int>(status.state) << " \""
           << status.detail << "\", capture from \"" << status.capture_device
           << "\", " << status.num_listeners << " listeners, links:\n"
           << OutputOf("pw-link -l");
  }

  void Start(const std::string& source = "default", int period_frames = 0) {
    BackendParams params;
    params.source = source;
    params.period_frames = period_frames;
    ASSERT_TRUE(backend_.Start(params, &client_).ok());
    ASSERT_TRUE(PumpUntil(BackendState::kIdle)) << backend_.status().detail;
  }
  void Record(const std::vector<std::string>& how = {"pipewire_record", ""}) {
    std::vector<std::string> arguments = {Script()};
    arguments.push_back(how[0]);
    arguments.push_back(recording());
    arguments.insert(arguments.end(), how.begin() + 1, how.end());
    recorder_ =
        std::make_unique<ChildProcess>(arguments, folder_.path() + "/recorder");
  }
  void StopRecording() {
    recorder_->Signal(SIGINT);
    WaitUntil([this] { return recorder_->HasEnded(); }, kLimitMs);
    recorder_.reset();
  }
  std::string recording() const { return folder_.path() + "/recording.wav"; }

  static bool InGraph(const std::string& text) {
    return OutputOf("pw-dump -N").find(text) != std::string::npos;
  }
  // Whether the capture stream hears this node, and no other.
  static bool IsLinked(const std::string& node) {
    const std::string links =
        OutputOf("pw-link -l | grep -A2 '^tacet_capture:' | grep '|<-'");
    return !links.empty() && links.find(node + ":") != std::string::npos &&
           links.find("tacet_microphone:") == std::string::npos;
  }
  // As a desktop's settings do; true once the session manager agrees.
  static bool SetDefault(const std::string& node) {
    OutputOf("pw-metadata 0 default.configured.audio.source '{ \"name\": \"" +
             node + "\" }' Spa:String:JSON");
    return WaitUntil(
        [&node] {
          return OutputOf("pw-metadata 0 default.audio.source").find(node) !=
                 std::string::npos;
        },
        kLimitMs);
  }

  TemporaryFolder folder_;
  PassThrough client_;
  PipewireBackend backend_;
  std::unique_ptr<ChildProcess> recorder_;
  std::unique_ptr<ChildProcess> feeder_;
};

}  // namespace tacet

#endif  // TACET_TESTS_DAEMON_PIPEWIRE_FIXTURE_H_
