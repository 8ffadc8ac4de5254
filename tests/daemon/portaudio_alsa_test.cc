// SPDX-License-Identifier: Apache-2.0
// ALSA's plugin to a real PulseAudio server: best effort, but it neither hangs
// nor loses count.
#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "daemon/portaudio_backend.h"
#include "gtest/gtest.h"
#include "tests/daemon/noise_sequence.h"
#include "tests/daemon/pulse_server.h"
#include "tests/daemon/ring_client.h"

namespace tacet {
namespace {

using std::chrono::steady_clock;

// Far beyond what anything takes on a busy machine.
constexpr int kLimitMs = 30000;
constexpr std::chrono::seconds kHang(5);

class PortAudioAlsaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(IsInstalled("pulseaudio")) << "install pulseaudio";
    std::ofstream(server_.file(".asoundrc"))
        << "pcm.!default { type pulse device mic1 }\n"
           "ctl.!default { type pulse }\n"
           "pcm.tacet { type pulse device feed2 hint { show on } }\n";
    ASSERT_TRUE(server_.Start());
  }
  bool WaitFor(BackendState state) {
    const bool reached = WaitUntil(
        [&] {
          backend_->Dispatch();
          return backend_->status().state == state;
        },
        kLimitMs);
    EXPECT_TRUE(reached) << static_cast<int>(backend_->status().state) << " "
                         << backend_->status().detail;
    return reached;
  }

  PulseServer server_;
  RingClient client_{4800};
  std::unique_ptr<AudioBackend> backend_ = MakeAlsaBackend();
};

TEST_F(PortAudioAlsaTest, NeitherHangsNorLosesCount) {
  // A null sink without a stream gives its monitor nothing for seconds.
  WriteSamples(server_.file("noise"), NoiseSequence(60 * 48000));
  const auto player = server_.Play("feed1", server_.file("noise"));
  const auto recorder = server_.Record("mic1", server_.file("record"));
  ASSERT_TRUE(WaitUntil(
      [this] { return !ReadAll(server_.file("record")).empty(); }, kLimitMs));
  BackendParams params;
  params.sample_rate_hz = 48000;
  ASSERT_TRUE(backend_->Start(params, &client_).ok());
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  EXPECT_EQ(client_.clock_domain, ClockDomain::kTwo);
  ASSERT_TRUE(WaitUntil(
      [this] { return client_.frames_in > 0 && client_.frames_out > 0; },
      kLimitMs));
  // Only what comes from here on counts.
  const int64_t before_in = client_.frames_in;
  const int64_t before_out = client_.frames_out;
  const int64_t before_lost = client_.lost_frames;
  const auto begin = steady_clock::now();
  std::this_thread::sleep_for(std::chrono::seconds(3));
  // A hole of half a second, which is not yet a failure.
  server_.process().Signal(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  server_.process().Signal(SIGCONT);
  std::this_thread::sleep_for(std::chrono::seconds(3));
  const int64_t in = client_.frames_in - before_in;
  const int64_t out = client_.frames_out - before_out;
  const int64_t lost = client_.lost_frames - before_lost;
  const double due =
      48000 *
      std::chrono::duration<double>(steady_clock::now() - begin).count();
  const std::string told = absl::StrCat(in, " in, ", out, " out, ", lost,
                                        " lost in ", due, " frames' time");
  backend_->Dispatch();
  const BackendStatus status = backend_->status();
  if (status.state == BackendState::kFailed) {
    EXPECT_NE(status.detail, "") << told;
  } else {
    // Each direction had its frames, or has counted them as lost, but for
    // what the detector takes for a clock that is off (1.5 %: 60 ms in its
    // mean of 4 s) and for a burst at the end.
    EXPECT_EQ(status.state, BackendState::kRunning) << told;
    EXPECT_GE(in + lost, 0.95 * due) << told;
    EXPECT_GE(out + lost, 0.95 * due) << told;
    EXPECT_GE(in + out + lost, 0.95 * 2 * due) << told;
  }
  EXPECT_LE(client_.max_frames, 8192);
  backend_->Stop();
  ASSERT_TRUE(WaitFor(BackendState::kStopped));
  // Every frame is played, or in the ring.
  EXPECT_EQ(client_.frames_in,
            client_.frames_out - client_.silent_frames + client_.in_flight());
}

TEST_F(PortAudioAlsaTest, DeadServerIsNoticed) {
  BackendParams params;
  params.sample_rate_hz = 48000;
  ASSERT_TRUE(backend_->Start(params, &client_).ok());
  ASSERT_TRUE(WaitFor(BackendState::kRunning));
  server_.process().Kill();
  ASSERT_TRUE(WaitFor(BackendState::kFailed));
  const auto begin = steady_clock::now();
  backend_->Stop();
  EXPECT_LT(steady_clock::now() - begin, kHang);
  // Stopped, or known to be hung.
  EXPECT_TRUE(WaitUntil(
      [&] {
        backend_->Dispatch();
        const BackendStatus status = backend_->status();
        return status.state == BackendState::kStopped ||
               status.detail.rfind(kPortAudioHung, 0) == 0;
      },
      kLimitMs));
  EXPECT_FALSE(client_.is_active());
}

}  // namespace
}  // namespace tacet
