// SPDX-License-Identifier: Apache-2.0
// Against a real JACK server with the dummy driver; the test is a JACK client
// that plays a sequence into the backend and records what comes out.
#include <fcntl.h>
#include <jack/jack.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/portaudio_backend.h"
#include "gtest/gtest.h"
#include "tests/daemon/child_process.h"
#include "tests/daemon/noise_sequence.h"
#include "tests/daemon/ring_client.h"

namespace tacet {
namespace {

constexpr int kRate = 48000;
constexpr char kOurs[] = "Tacet Microphone";
// One name for all, of one test at a time: jackd keeps a place for each name of
// a server that was killed, and with eight of them starts no more.
constexpr char kServer[] = "tacet-test";
constexpr char kServerLock[] = "/tmp/tacet-test.lock";
// Far beyond what anything takes on a busy machine.
constexpr int kLimitMs = 30000;
constexpr std::chrono::seconds kHang(5);

class Recorder {
 public:
  explicit Recorder(const std::vector<int16_t>& sequence)
      : sequence_(sequence), recording_(5 * kRate) {
    client_ = jack_client_open("recorder", JackNoStartServer, nullptr);
    if (client_ == nullptr) return;
    out_ = jack_port_register(client_, "out", JACK_DEFAULT_AUDIO_TYPE,
                              JackPortIsOutput, 0);
    in_ = jack_port_register(client_, "in", JACK_DEFAULT_AUDIO_TYPE,
                             JackPortIsInput, 0);
    jack_set_process_callback(client_, &OnProcess, this);
    jack_activate(client_);
  }
  ~Recorder() {
    if (client_ != nullptr) jack_client_close(client_);
  }
  bool Connect() {
    return client_ != nullptr &&
           jack_connect(client_, "recorder:out",
                        absl::StrCat(kOurs, ":in_0").c_str()) == 0 &&
           jack_connect(client_, absl::StrCat(kOurs, ":out_0").c_str(),
                        "recorder:in") == 0;
  }
  bool IsHeardBySystem() {
    return jack_port_connected_to(
               jack_port_by_name(client_,
                                 absl::StrCat(kOurs, ":out_0").c_str()),
               "system:playback_1") != 0;
  }
  bool is_full() const { return recorded_.load() == recording_.size(); }
  std::vector<int16_t> recording() const {
    return {recording_.begin(), recording_.begin() + recorded_.load()};
  }

 private:
  static int OnProcess(jack_nframes_t n, void* data) {
    auto* self = static_cast<Recorder*>(data);
    auto* out = static_cast<float*>(jack_port_get_buffer(self->out_, n));
    const auto* in = static_cast<float*>(jack_port_get_buffer(self->in_, n));
    for (jack_nframes_t i = 0; i < n; ++i) {
      out[i] = static_cast<float>(
                   self->sequence_[self->played_++ % self->sequence_.size()]) /
               32768.0f;
      if (self->recorded_ < self->recording_.size()) {
        self->recording_[self->recorded_] =
            static_cast<int16_t>(in[i] * 32768.0f);
        ++self->recorded_;
      }
    }
    return 0;
  }

  const std::vector<int16_t>& sequence_;
  std::vector<int16_t> recording_;
  size_t played_ = 0;
  std::atomic<size_t> recorded_ = 0;
  jack_client_t* client_ = nullptr;
  jack_port_t* in_ = nullptr;
  jack_port_t* out_ = nullptr;
};

class PortAudioJackTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(IsInstalled("jackd")) << "install jackd2";
    // Held until this process ends.
    static const int lock =
        open(kServerLock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    ASSERT_EQ(flock(lock, LOCK_EX), 0);
    setenv("JACK_DEFAULT_SERVER", kServer, 1);
    setenv("JACK_NO_AUDIO_RESERVATION", "1", 1);
    ASSERT_TRUE(StartServer());
  }
  // It waits for its clients (-S), so that the machine's load loses nothing.
  bool StartServer() {
    server_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{"jackd", "-n", kServer, "-r", "-S", "-t",
                                 "1000", "--no-mlock", "-d", "dummy", "-r",
                                 "48000", "-p", "1024", "-C", "1", "-P", "1"},
        folder_.path() + "/jackd");
    return WaitUntil(
        [] {
          jack_client_t* const client =
              jack_client_open("waiter", JackNoStartServer, nullptr);
          return client != nullptr && jack_client_close(client) == 0;
        },
        kLimitMs);
  }
  bool WaitFor(BackendState state) {
    const bool reached = WaitUntil(
        [&] {
          backend_->Dispatch();
          return backend_->status().state == state;
        },
        kLimitMs);
    EXPECT_TRUE(reached) << backend_->status().detail;
    return reached;
  }

  TemporaryFolder folder_;
  std::unique_ptr<ChildProcess> server_;
  RingClient client_{0};
  std::unique_ptr<AudioBackend> backend_ = MakeJackBackend();
};

TEST_F(PortAudioJackTest, OneClockPassesEveryBit) {
  ASSERT_TRUE(backend_->Start({}, &client_).ok());
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  EXPECT_EQ(client_.clock_domain, ClockDomain::kOne);
  EXPECT_EQ(client_.capture_format.sample_rate_hz, kRate);
  EXPECT_EQ(client_.capture_format.period_frames, 1024);
  const std::vector<int16_t> sequence = NoiseSequence(20 * kRate);
  Recorder recorder(sequence);
  ASSERT_TRUE(recorder.Connect());
  EXPECT_FALSE(recorder.IsHeardBySystem());
  ASSERT_TRUE(WaitUntil([&] { return recorder.is_full(); }, kLimitMs));
  const SequenceMatch match =
      FindSequence(sequence, recorder.recording(), kRate / 2);
  EXPECT_GT(match.num_matching, 3 * kRate);
  EXPECT_EQ(match.num_breaks, 0);
  EXPECT_EQ(match.num_other, 0);
  EXPECT_EQ(client_.frames_in, client_.frames_out);
  backend_->Stop();
  EXPECT_TRUE(WaitFor(BackendState::kStopped));
  EXPECT_FALSE(client_.is_active());
}

TEST_F(PortAudioJackTest, DeadServerIsFailureAndStopIsBounded) {
  ASSERT_TRUE(backend_->Start({}, &client_).ok());
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  server_->Kill();
  ASSERT_TRUE(WaitFor(BackendState::kFailed));
  const auto begin = std::chrono::steady_clock::now();
  backend_->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kHang);
  // PortAudio 19.6 waits ten minutes for a callback of the dead server; it is
  // known to be hung, and the daemon re-executes itself.
  EXPECT_TRUE(WaitUntil(
      [&] {
        backend_->Dispatch();
        const BackendStatus status = backend_->status();
        return status.state == BackendState::kStopping && status.is_hung &&
               status.detail.rfind(kPortAudioHung, 0) == 0;
      },
      kLimitMs));
  EXPECT_FALSE(client_.is_active());
}

TEST_F(PortAudioJackTest, NoServerIsUnavailable) {
  server_->Kill();
  const absl::Status status = backend_->Start({}, &client_);
  if (status.ok()) {  // a busy machine: it has not yet found out
    EXPECT_TRUE(WaitFor(BackendState::kFailed));
    EXPECT_EQ(backend_->status().detail, "no JACK server answers");
  } else {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(backend_->status().state, BackendState::kStopped);
  }
}

}  // namespace
}  // namespace tacet
