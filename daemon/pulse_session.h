// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_PULSE_SESSION_H_
#define TACET_DAEMON_PULSE_SESSION_H_

#include <pulse/pulseaudio.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "daemon/audio_backend.h"
#include "daemon/backend_mailbox.h"
#include "daemon/pulse_listeners.h"
#include "daemon/pulse_observer.h"
#include "daemon/pulse_stream.h"
#include "daemon/pulse_virtual_source.h"
#include "daemon/realtime_scheduling.h"

namespace tacet {

// Detail of kStarting until the server has answered.
inline constexpr char kPulseConnecting[] = "connecting";

// One connection to a PulseAudio server, from connecting to the removal of the
// virtual microphone. All of it, audio included, runs in Run(); the library's
// callbacks only take notes, and Step() then does what follows from them, so
// that nothing is freed from inside its own callback.
class PulseSession {
 public:
  // The client and the mailbox outlive the session.
  PulseSession(const BackendParams& params, AudioClient* client,
               BackendMailbox* mailbox);
  ~PulseSession();
  PulseSession(const PulseSession&) = delete;
  PulseSession& operator=(const PulseSession&) = delete;

  // Returns when stopped, or when the connection is lost (kFailed).
  void Run();
  // Ends Run() within a second, the server dead or alive.
  //   kRemove  nothing of ours is left in the server
  //   kKeep    the virtual microphone is left to those who listen
  //   kSweep   before Run(): all that it does is to remove what kKeep left
  // Thread: any.
  enum class End { kRemove, kKeep, kSweep };
  void RequestStop(End end);
  // Of the virtual microphone; 0: there was none yet.  Thread: Run()'s, or
  // after.
  int sample_rate_hz() const { return sample_rate_hz_; }
  // Captures another source from now on.
  // Thread: any.
  void RequestSource(const std::string& source);

 private:
  static constexpr int kMaxChannels = 2;

  static bool IsReady(const PulseStream* stream) {
    return stream != nullptr && stream->state() == PulseStream::State::kReady;
  }
  void Wake();
  void TakeSource();
  static void OnTick(pa_mainloop_api*, pa_time_event*, const timeval*,
                     void* self);
  static void OnWake(pa_mainloop_api*, pa_io_event*, int fd,
                     pa_io_event_flags_t, void* self);
  bool Connect();
  void Step();
  void Tick();
  void SetTimer();
  void Observe();
  int PickRate(const PulseView& view) const;
  void FollowSource();
  // Whether the source that is captured may go: it is gone already, or has been
  // faded out, which begins with the first call.
  bool HasFaded();
  bool IsSteady() const;
  void UpdateStreams();
  bool Configure();
  void Cork();
  void BeginStop();
  void Sweep();
  void Fail(std::string detail);
  void Publish();

  BackendParams params_;
  AudioClient* const client_;
  BackendMailbox* const mailbox_;
  const int wake_fd_;
  std::atomic<bool> stop_requested_ = false;
  std::atomic<End> end_ = End::kRemove;  // written before stop_requested_
  std::mutex mutex_;
  std::optional<std::string> requested_source_;  // guarded by mutex_

  pa_mainloop* loop_ = nullptr;
  pa_mainloop_api* api_ = nullptr;
  pa_context* context_ = nullptr;
  pa_io_event* wake_event_ = nullptr;
  pa_time_event* timer_ = nullptr;

  PulseObserver observer_;
  PulseVirtualSource virtual_source_;
  PulseListeners listeners_;
  std::unique_ptr<PulseCapture> capture_;
  std::unique_ptr<PulsePlayback> playback_;

  BackendState state_ = BackendState::kStarting;
  std::string detail_ = kPulseConnecting;
  bool is_done_ = false;
  bool is_observing_ = false;
  bool is_due_ = true;  // UpdateStreams
  bool is_configured_ = false;
  AudioFormat capture_format_, playback_format_;  // as configured
  int sample_rate_hz_ = 0;
  RealtimeGrant realtime_;
  int num_listeners_ = -1;
  std::string source_name_;            // captured last
  std::optional<pa_usec_t> fade_due_;  // of what is captured
  // A source that has just refused or lost our stream; tried again after a
  // tick.
  uint32_t refused_source_ = PA_INVALID_INDEX;
  int64_t tick_ms_ = 0;
  int num_ticks_ = 0, start_ticks_ = 0, stop_ticks_ = 0;
  int answer_ticks_ = 0, capture_ticks_ = 0, playback_ticks_ = 0;
};

}  // namespace tacet

#endif  // TACET_DAEMON_PULSE_SESSION_H_
