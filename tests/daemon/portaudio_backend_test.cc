// SPDX-License-Identifier: Apache-2.0
// Without a sound server: PortAudio is stood in for.
#include "daemon/portaudio_backend.h"

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/daemon/child_process.h"
#include "tests/daemon/ring_client.h"

namespace tacet {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// For what must come; far beyond what a busy machine takes.
constexpr int kLimitMs = 30'000;

// What a test turns, and what the stand-in tells; outlives it.
struct Script {
  std::atomic<bool> is_abort_hanging = false;
  std::atomic<bool> is_initialize_hanging = false;
  std::atomic<bool> is_silent = false;
  std::atomic<bool> is_server_there = true;
  std::atomic<bool> is_disconnecting = true;
  std::atomic<int> frames = 256;
  std::atomic<int> num_callbacks = 0;
  std::atomic<bool> is_heard = false;  // what is played is not all silence
  std::atomic<int> num_open = 0;
  std::atomic<int> num_initialized = 0;
  std::atomic<int> num_duplex = 0;
  std::vector<const char*> outputs = {"default", "tacet"};
};

class FakeStream {
 public:
  FakeStream(Script* script, PaStreamCallback* callback, void* user, int in,
             int out)
      : thread_([=, this] {
          const std::vector<float> sound(20000, 0.25f);
          std::vector<float> played(2 * 20000);
          std::array<const float*, 2> inputs = {sound.data(), sound.data()};
          std::array<float*, 2> outputs = {played.data(),
                                           played.data() + 20000};
          while (!done_) {
            if (is_started_ && !script->is_silent) {
              callback(in > 0 ? inputs.data() : nullptr,
                       out > 0 ? outputs.data() : nullptr,
                       static_cast<unsigned long>(script->frames.load()),
                       nullptr, 0, user);
              for (const float x : played) {
                if (x != 0.0f) script->is_heard = true;
              }
              ++script->num_callbacks;
            }
            std::this_thread::sleep_for(milliseconds(5));
          }
        }) {}
  ~FakeStream() {
    done_ = true;
    thread_.join();
  }
  void Start() { is_started_ = true; }

 private:
  std::atomic<bool> done_ = false;
  std::atomic<bool> is_started_ = false;
  std::thread thread_;
};

class FakeApi final : public PortAudioApi {
 public:
  explicit FakeApi(Script* script) : script_(script) {
    host_.deviceCount = 1 + static_cast<int>(script->outputs.size());
    host_.defaultInputDevice = 0;
    host_.defaultOutputDevice = 1;
    for (int i = 0; i < host_.deviceCount; ++i) {
      PaDeviceInfo info = {};
      info.name = i == 0 ? "microphone" : script->outputs[i - 1];
      info.maxInputChannels = i == 0 ? 1 : 0;
      info.maxOutputChannels = i == 0 ? 0 : 2;
      info.defaultSampleRate = 48000;
      devices_.push_back(info);
    }
  }
  PaError Initialize(PaHostApiTypeId) override {
    while (script_->is_initialize_hanging) Sleep();
    ++script_->num_initialized;
    return paNoError;
  }
  PaError Terminate() override {
    --script_->num_initialized;
    return paNoError;
  }
  const PaHostApiInfo* HostApi(PaHostApiTypeId) override { return &host_; }
  PaDeviceIndex Device(PaHostApiTypeId, int n) override { return n; }
  const PaDeviceInfo* Info(PaDeviceIndex device) override {
    return &devices_[device];
  }
  PaError Open(PaStream** stream, const PaStreamParameters* input,
               const PaStreamParameters* output, double,
               PaStreamCallback* callback, void* user) override {
    if (input != nullptr && output != nullptr) ++script_->num_duplex;
    ++script_->num_open;
    *stream = new FakeStream(script_, callback, user,
                             input == nullptr ? 0 : input->channelCount,
                             output == nullptr ? 0 : output->channelCount);
    return paNoError;
  }
  const PaStreamInfo* Info(PaStream*) override { return &stream_info_; }
  PaError Start(PaStream* stream) override {
    static_cast<FakeStream*>(stream)->Start();
    return paNoError;
  }
  PaError Abort(PaStream*) override {
    while (script_->is_abort_hanging) Sleep();
    return paNoError;
  }
  PaError Close(PaStream* stream) override {
    delete static_cast<FakeStream*>(stream);
    --script_->num_open;
    return paNoError;
  }
  std::optional<JackServer> FindJackServer() override {
    if (!script_->is_server_there) return std::nullopt;
    return JackServer{48000, 256};
  }
  void SetJackClientName(const std::string&) override {}
  bool DisconnectJackOutputs(int) override {
    // Not before the stream that was started runs.
    WaitUntil([this] { return script_->num_callbacks > 2; }, kLimitMs);
    return script_->is_disconnecting;
  }

 private:
  static void Sleep() { std::this_thread::sleep_for(milliseconds(5)); }
  Script* const script_;
  PaHostApiInfo host_ = {};
  const PaStreamInfo stream_info_ = {1, 0.003, 0.005, 48000};
  std::vector<PaDeviceInfo> devices_;
};

class PortAudioBackendTest : public ::testing::Test {
 protected:
  void Make(PaHostApiTypeId type) {
    backend_ = MakePortAudioBackend(
        type, [this] { return std::make_unique<FakeApi>(&script_); });
  }
  absl::Status Start() { return backend_->Start(params_, &client_); }
  // Why it did not start; empty if it did.
  std::string Refusal() {
    EXPECT_TRUE(Start().ok());
    EXPECT_TRUE(WaitUntil(
        [&] { return backend_->status().state != BackendState::kStarting; },
        kLimitMs));
    const BackendStatus status = backend_->status();
    EXPECT_EQ(status.is_absent, status.state == BackendState::kFailed);
    return status.is_absent ? status.detail : "";
  }
  bool WaitFor(BackendState state, int limit_ms = kLimitMs) {
    return WaitUntil(
        [&] {
          backend_->Dispatch();
          return backend_->status().state == state;
        },
        limit_ms);
  }
  bool Flows() {
    client_.num_calls = 0;
    return WaitUntil([&] { return client_.num_calls > 5; }, kLimitMs);
  }

  Script script_;
  BackendParams params_;
  RingClient client_{1024};
  std::unique_ptr<AudioBackend> backend_;
};

TEST_F(PortAudioBackendTest, JackIsOneStreamAndOneClock) {
  Make(paJACK);
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  EXPECT_TRUE(Flows());
  EXPECT_EQ(script_.num_open, 1);
  EXPECT_EQ(client_.clock_domain, ClockDomain::kOne);
  EXPECT_EQ(client_.capture_format.period_frames, 256);
  // Not that of the loudspeakers, from which it has parted.
  EXPECT_NEAR(backend_->status().latency_ms, 3.0, 1e-9);
  backend_->Stop();
  EXPECT_TRUE(WaitFor(BackendState::kStopped));
  EXPECT_EQ(script_.num_open, 0);
  EXPECT_EQ(script_.num_initialized, 0);
}

TEST_F(PortAudioBackendTest, AlsaIsTwoHalfDuplexStreamsAndTwoClocks) {
  Make(paALSA);
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  EXPECT_TRUE(Flows());
  EXPECT_EQ(script_.num_open, 2);
  EXPECT_EQ(script_.num_duplex, 0);
  EXPECT_EQ(client_.clock_domain, ClockDomain::kTwo);
  EXPECT_EQ(backend_->status().playback_device, "tacet");
  EXPECT_NEAR(backend_->status().latency_ms, 2 * (3.0 + 5.0), 1e-9);
  EXPECT_STREQ(getenv("PULSE_LATENCY_MSEC"), "20");
}

TEST_F(PortAudioBackendTest, AlsaNeverPlaysIntoTheLoudspeakers) {
  script_.outputs = {"default", "hw:0"};
  Make(paALSA);
  EXPECT_NE(Refusal(), "");
  backend_->Stop();
  EXPECT_TRUE(WaitFor(BackendState::kStopped));
  EXPECT_EQ(script_.num_open, 0);
  EXPECT_EQ(script_.num_initialized, 0);
}

// To ask costs much (alsa_clues.h). An answer that is known is given at once.
TEST_F(PortAudioBackendTest, AlsaWithoutASinkIsNotAskedForEver) {
  script_.outputs = {"default", "hw:0"};
  Make(paALSA);
  const std::string why = Refusal();
  absl::Status status;
  const auto limit = steady_clock::now() + milliseconds(kLimitMs);
  while (status.ok() && steady_clock::now() < limit) {
    backend_->Stop();
    ASSERT_TRUE(WaitFor(BackendState::kStopped));
    std::this_thread::sleep_for(milliseconds(100));
    status = Start();
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(status.message(), why);
}

TEST_F(PortAudioBackendTest, AnyNumberOfFramesIsHandled) {
  for (const PaHostApiTypeId type : {paALSA, paJACK}) {
    Make(type);
    ASSERT_TRUE(Start().ok());
    ASSERT_TRUE(WaitFor(BackendState::kRunning));
    for (const int frames : {1, 104, 8192, 20000}) {
      script_.frames = frames;
      const int64_t before = client_.frames_in;
      EXPECT_TRUE(WaitUntil(
          [&] { return client_.frames_in > before + 3 * frames; }, kLimitMs));
    }
    EXPECT_LE(client_.max_frames, 8192);
    backend_->Stop();
    ASSERT_TRUE(WaitFor(BackendState::kStopped));
  }
}

TEST_F(PortAudioBackendTest, SilenceForASecondIsFailure) {
  Make(paALSA);
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  EXPECT_FALSE(WaitFor(BackendState::kFailed, 1200));
  script_.is_silent = true;
  EXPECT_TRUE(WaitFor(BackendState::kFailed));
  backend_->Stop();
  EXPECT_TRUE(WaitFor(BackendState::kStopped));
  script_.is_silent = false;
  EXPECT_TRUE(Start().ok());
  EXPECT_TRUE(WaitFor(BackendState::kRunning));
}

TEST_F(PortAudioBackendTest, StopThatNeverReturnsIsToldAfterTwoSeconds) {
  script_.is_abort_hanging = true;
  Make(paALSA);
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  ASSERT_TRUE(Flows());
  const auto begin = steady_clock::now();
  backend_->Stop();  // returns, though the stream's end does not
  EXPECT_EQ(backend_->status().state, BackendState::kStopping);
  EXPECT_NE(backend_->status().detail.rfind(kPortAudioHung, 0), 0);
  // The stream still calls; the client does not hear of it.
  client_.num_calls = 0;
  EXPECT_FALSE(client_.is_active());
  EXPECT_TRUE(WaitUntil(
      [&] {
        backend_->Dispatch();
        return backend_->status().detail.rfind(kPortAudioHung, 0) == 0;
      },
      kLimitMs));
  EXPECT_GE(steady_clock::now() - begin, milliseconds(2000));
  EXPECT_EQ(client_.num_calls, 0);
  EXPECT_FALSE(Start().ok());
  // It comes back after all: the backend is of use again.
  script_.is_abort_hanging = false;
  EXPECT_TRUE(WaitFor(BackendState::kStopped));
  EXPECT_TRUE(Start().ok());
  EXPECT_TRUE(WaitFor(BackendState::kRunning));
}

TEST_F(PortAudioBackendTest, DestructionDoesNotWaitForAHangingStop) {
  script_.is_abort_hanging = true;
  Make(paALSA);
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  backend_.reset();  // returns, though the stream's end does not
  EXPECT_EQ(script_.num_initialized, 1);
  script_.is_abort_hanging = false;
  EXPECT_TRUE(
      WaitUntil([&] { return script_.num_initialized == 0; }, kLimitMs));
  std::this_thread::sleep_for(milliseconds(50));
}

TEST_F(PortAudioBackendTest, InitializationThatHangsBlocksNobody) {
  script_.is_initialize_hanging = true;
  Make(paALSA);
  ASSERT_TRUE(Start().ok());  // returns, as Stop does
  EXPECT_EQ(backend_->status().state, BackendState::kStarting);
  backend_->Stop();
  EXPECT_EQ(backend_->status().state, BackendState::kStopping);
  script_.is_initialize_hanging = false;
  EXPECT_TRUE(WaitFor(BackendState::kStopped));
  EXPECT_EQ(client_.num_calls, 0);
}

TEST_F(PortAudioBackendTest, NoJackServerIsUnavailable) {
  script_.is_server_there = false;
  Make(paJACK);
  EXPECT_EQ(Refusal(), "no JACK server answers");
  backend_->Stop();
  EXPECT_TRUE(WaitFor(BackendState::kStopped));
}

TEST_F(PortAudioBackendTest, JackIsNotOpenedWhereNoServerCanBe) {
  bool may_have_server = false;
  bool is_made = false;
  backend_ = MakePortAudioBackend(
      paJACK,
      [&] {
        is_made = true;
        return std::make_unique<FakeApi>(&script_);
      },
      [&] { return may_have_server; });
  EXPECT_EQ(Start().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(is_made);
  may_have_server = true;
  EXPECT_TRUE(Start().ok());
  EXPECT_TRUE(WaitFor(BackendState::kRunning));
}

TEST_F(PortAudioBackendTest, MicrophoneThatStaysOnTheLoudspeakersIsRefused) {
  script_.is_disconnecting = false;
  Make(paJACK);
  EXPECT_NE(Refusal(), "");
  EXPECT_FALSE(script_.is_heard);
}

TEST_F(PortAudioBackendTest, JackIsHeardOnceItIsOffTheLoudspeakers) {
  Make(paJACK);
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  // Its latency has begun to pass before.
  EXPECT_GT(client_.num_calls, 0);
  EXPECT_TRUE(WaitUntil([&] { return script_.is_heard.load(); }, kLimitMs));
}

TEST_F(PortAudioBackendTest, UnknownSourceIsNamed) {
  params_.source = "gramophone";
  Make(paALSA);
  EXPECT_NE(Refusal().find("gramophone"), std::string::npos);
}

}  // namespace
}  // namespace tacet
