// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_PORTAUDIO_SESSION_H_
#define TACET_DAEMON_PORTAUDIO_SESSION_H_

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "daemon/audio_backend.h"
#include "daemon/backend_mailbox.h"
#include "daemon/portaudio_api.h"
#include "daemon/portaudio_streams.h"

namespace tacet {

// Detail of kStarting until the device or server has answered.
inline constexpr char kPortAudioOpening[] = "opening";

// One use of PortAudio from Pa_Initialize to Pa_Terminate, all on the thread
// that calls Run(). It owns all that its thread and the callbacks touch, so
// that a thread that never comes back can be left to itself.
class PortAudioSession {
 public:
  PortAudioSession(std::unique_ptr<PortAudioApi> api, PaHostApiTypeId type,
                   const BackendParams& params, AudioClient* client,
                   std::shared_ptr<BackendMailbox> mailbox);

  void Run();

  // Ends Run(), unless PortAudio hangs. No new callback reaches the client; one
  // that is under way has until the limit.
  // Thread: any.
  void RequestStop(std::chrono::milliseconds limit);
  bool has_ended() const { return has_ended_.load(); }
  // JACK's server died: has_ended() will never come, PortAudio would hang.
  bool is_lost() const { return is_lost_.load(); }
  // Why ALSA had no device that fits; empty: it had, or was not asked. After
  // Run().
  const std::string& no_device() const { return no_device_; }

 private:
  // Full duplex; or capture, playback.
  using Streams = std::array<PaStream*, 2>;

  absl::Status Open();
  absl::Status OpenOne(int which, const PaStreamParameters* input,
                       const PaStreamParameters* output, double rate_hz);
  absl::Status StartStreams();
  void OpenGate();  // unless it is to stop
  void Watch();
  // Each stream's callback, so that its thread is known.
  bool HaveCalled() const;
  // After HaveCalled().
  void Schedule();
  void Close();
  // is_absent: see BackendStatus.
  void Fail(const std::string& detail, bool is_absent = false);

  const std::unique_ptr<PortAudioApi> api_;
  const PaHostApiTypeId type_;
  const BackendParams params_;
  AudioClient* const client_;
  const std::shared_ptr<BackendMailbox> mailbox_;

  bool is_initialized_ = false;
  std::string no_device_;
  Streams streams_{};
  std::array<PortAudioStreamState, 2> states_;
  PortAudioGate gate_;
  BackendStatus status_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_requested_ = false;  // by mutex_
  std::atomic<bool> has_ended_ = false;
  std::atomic<bool> is_lost_ = false;
};

}  // namespace tacet

#endif  // TACET_DAEMON_PORTAUDIO_SESSION_H_
