// SPDX-License-Identifier: Apache-2.0
// ALSA's plugin to a real PulseAudio server: best effort, but it neither hangs
// nor loses count.
#include <chrono>
#include <fstream>
#include <memory>
#include <thread>

#include "daemon/portaudio_backend.h"
#include "gtest/gtest.h"
#include "tests/daemon/pulse_server.h"
#include "tests/daemon/ring_client.h"

namespace tacet {
namespace {

using std::chrono::steady_clock;

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
  bool WaitFor(BackendState state, int limit_ms) {
    const bool reached = WaitUntil(
        [&] {
          backend_->Dispatch();
          return backend_->status().state == state;
        },
        limit_ms);
    EXPECT_TRUE(reached) << static_cast<int>(backend_->status().state) << " "
                         << backend_->status().detail;
    return reached;
  }

  PulseServer server_;
  RingClient client_{4800};
  std::unique_ptr<AudioBackend> backend_ = MakeAlsaBackend();
};

TEST_F(PortAudioAlsaTest, NeitherHangsNorLosesCount) {
  BackendParams params;
  params.sample_rate_hz = 48000;
  ASSERT_TRUE(backend_->Start(params, &client_).ok());
  ASSERT_TRUE(WaitFor(BackendState::kRunning, 10000));
  EXPECT_EQ(client_.clock_domain, ClockDomain::kTwo);
  const auto begin = steady_clock::now();
  std::this_thread::sleep_for(std::chrono::seconds(5));
  const double seconds =
      std::chrono::duration<double>(steady_clock::now() - begin).count();
  // Audio flowed, or its failure was told: never neither.
  if (backend_->status().state == BackendState::kRunning) {
    const auto due = static_cast<int64_t>(seconds * 48000);
    EXPECT_GT(client_.frames_in + client_.frames_out, 0);
    // What did not come in has been counted, but for the detector's threshold
    // and what it takes for clock drift.
    EXPECT_GE(client_.frames_in + client_.frames_out + client_.lost_frames,
              due);
  } else {
    EXPECT_EQ(backend_->status().state, BackendState::kFailed);
  }
  EXPECT_LE(client_.max_frames, 8192);
  backend_->Stop();
  ASSERT_TRUE(WaitFor(BackendState::kStopped, 10000));
  // Every frame is played, or in the ring.
  EXPECT_EQ(client_.frames_in,
            client_.frames_out - client_.silent_frames + client_.in_flight());
}

TEST_F(PortAudioAlsaTest, DeadServerIsNoticed) {
  BackendParams params;
  params.sample_rate_hz = 48000;
  ASSERT_TRUE(backend_->Start(params, &client_).ok());
  ASSERT_TRUE(WaitFor(BackendState::kRunning, 10000));
  server_.process().Kill();
  ASSERT_TRUE(WaitFor(BackendState::kFailed, 2000));
  const auto begin = steady_clock::now();
  backend_->Stop();
  EXPECT_LT(steady_clock::now() - begin, std::chrono::milliseconds(200));
  // Stopped, or known to be hung.
  EXPECT_TRUE(WaitUntil(
      [&] {
        backend_->Dispatch();
        const BackendStatus status = backend_->status();
        return status.state == BackendState::kStopped ||
               status.detail.rfind(kPortAudioHung, 0) == 0;
      },
      5000));
  EXPECT_FALSE(client_.is_active());
}

}  // namespace
}  // namespace tacet
