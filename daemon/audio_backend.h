// SPDX-License-Identifier: Apache-2.0
// What a sound server is to the daemon, and what the daemon is to it.
#ifndef TACET_DAEMON_AUDIO_BACKEND_H_
#define TACET_DAEMON_AUDIO_BACKEND_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsp/realtime.h"

namespace tacet {

class LoopbackTape;

struct AudioFormat {
  int sample_rate_hz = 48000;
  int num_channels = 1;
  // Frames of one callback. Where it varies, the most that is normal; longer
  // ones are handled too, but latency and ring are sized by this.
  int period_frames = 256;
  // Of period_frames, what covers callbacks that come late: one that is in time
  // has period_frames - jitter_frames. For servers whose callbacks follow no
  // even clock.
  int jitter_frames = 0;

  friend bool operator==(const AudioFormat&, const AudioFormat&) = default;
};

// How many clocks drive the audio.
//   kOne: capture and playback run in the same cycle: Process() alone.
//   kTwo: each has its own clock and thread: Capture() and Playback().
enum class ClockDomain { kOne, kTwo };

// The receiver of audio; AudioPath implements it. Samples are planar floats,
// full scale +-1. Time is CLOCK_MONOTONIC in nanoseconds (the fake backend's is
// virtual): that of the cycle's start as well as the backend knows it.
class AudioClient {
 public:
  virtual ~AudioClient() = default;

  // To be called before audio flows, and again when the format changes. None of
  // the functions below may run meanwhile. Both rates must be equal; the
  // channel counts may differ.
  // Errors: InvalidArgument naming the value; the former state is gone then.
  // Thread: any but an audio thread.  Realtime-safe: no.
  virtual absl::Status Configure(const AudioFormat& capture,
                                 const AudioFormat& playback,
                                 ClockDomain clocks) = 0;

  // One cycle: n frames in, n frames out; out[c] may be in[c].
  // Thread: audio.  Realtime-safe: yes.
  virtual void Process(std::span<const float* const> in,
                       std::span<float* const> out, int n,
                       int64_t now_ns) noexcept TACET_REALTIME = 0;

  // n frames that were captured just before now_ns.
  // Thread: the capture thread.  Realtime-safe: yes.
  virtual void Capture(std::span<const float* const> in, int n,
                       int64_t now_ns) noexcept TACET_REALTIME = 0;

  // Fills n frames that are due after now_ns.
  // Thread: the playback thread.  Realtime-safe: yes.
  virtual void Playback(std::span<float* const> out, int n,
                        int64_t now_ns) noexcept TACET_REALTIME = 0;

  // The server lost frames of capture or playback (0: how many is not known).
  // Thread: any.  Realtime-safe: yes.
  virtual void NoteXrun(int64_t lost_frames) noexcept TACET_REALTIME = 0;

  // What is captured is about to come from another source: the sound of this
  // one fades out, and all is silence until BeginSource() or Configure().
  // Thread: any.  Realtime-safe: yes.
  virtual void EndSource() noexcept TACET_REALTIME {}
  // EndSource()'s fade is over. Without callbacks it never is.
  // Thread: any.  Realtime-safe: yes.
  virtual bool is_source_ended() const noexcept TACET_REALTIME { return true; }
  // What the next callback captures comes from another source than what the one
  // before it did; nothing of the two is mixed. Where the former was not ended
  // (it went by itself), what the client still holds of it fades out first.
  // Thread: any.  Realtime-safe: yes.
  virtual void BeginSource() noexcept TACET_REALTIME {}
};

// How long to wait for is_source_ended(), beside two periods.
inline constexpr int kSourceFadeMs = 60;

enum class BackendState {
  kStopped,
  kStarting,
  kIdle,  // ready, nobody listens; no callbacks
  kRunning,
  kStopping,  // until Dispatch() finds that the server is done with us
  kFailed,    // detail says why; only Stop() leads out
};

// How the audio threads are scheduled; kServer: the server sees to it.
enum class RealtimeKind { kNone, kRlimit, kRtkit, kServer };

struct BackendStatus {
  BackendState state = BackendState::kStopped;
  std::string detail;  // of kFailed, kStarting: one line
  // Of kFailed: there is no such server, or it cannot be used at all; `auto`
  // goes on to the next backend.
  bool is_absent = false;
  // Of kStopping: it will never end, and only a new process helps.
  bool is_hung = false;
  // kStarting or kIdle, and all is there but the microphone: it may take for
  // ever.
  bool lacks_microphone = false;
  std::string capture_device;
  std::string playback_device;
  AudioFormat capture;
  AudioFormat playback;
  ClockDomain clocks = ClockDomain::kOne;
  double latency_ms = 0.0;  // the server's own, both ways, beside the periods
  RealtimeKind realtime = RealtimeKind::kNone;
  std::string realtime_detail;  // of kNone: why
  int num_listeners = -1;       // on the virtual microphone; -1: not known
};

struct DeviceInfo {
  std::string name;         // as BackendParams::source takes it
  std::string description;  // as people know it
  int num_channels = 0;     // 0: not known
  int sample_rate_hz = 0;   // 0: not known
  bool is_default = false;
  bool is_monitor = false;

  friend bool operator==(const DeviceInfo&, const DeviceInfo&) = default;
};

struct BackendParams {
  std::string source = "default";         // device name, or "default"
  std::string name = "Tacet Microphone";  // of the virtual microphone
  int period_frames = 0;                  // 0: the server's
  int num_channels = 1;                   // of the virtual microphone
  int sample_rate_hz = 0;                 // 0: the server's
  // Real-time scheduling for audio threads of our own.
  bool is_realtime = true;

  friend bool operator==(const BackendParams&, const BackendParams&) = default;
};

// Listens to the virtual microphone as another program would, over a connection
// of its own, from its making to its end.
// Thread: control.
class MicrophoneRecorder {
 public:
  virtual ~MicrophoneRecorder() = default;
  // Not ok: it hears nothing any more, and why.
  virtual absl::Status status() const = 0;
  // Where BackendStatus::num_listeners is not known: programs that listened
  // before this one did; 0 as long as it waits for the server.
  virtual std::optional<int> num_other_listeners() const {
    return std::nullopt;
  }
};

// One way to the sound. Every function is called on the control thread, which
// also answers its clients: so none waits for a server, but for Record(),
// 100 ms at most, and what the destructor needs. Audio threads are the
// backend's own; it never frees or reconfigures what they use while they run.
class AudioBackend {
 public:
  virtual ~AudioBackend() = default;

  // pipewire | pulseaudio | jack | alsa | fake
  virtual std::string_view name() const = 0;

  // Begins; status() tells the outcome. The client outlives the backend.
  // Errors: Unavailable where it is known at once that there is no such server
  // (`auto` then tries the next backend), else status() says so; others as they
  // come.
  virtual absl::Status Start(const BackendParams& params,
                             AudioClient* client) = 0;

  // Once the state is kStopped no client function runs, and nothing of ours is
  // left in the server. Until then it is kStopping. Harmless when stopped.
  virtual void Stop() = 0;

  // As Stop(), but leaves the virtual microphone, silent, to those who listen,
  // where it can: the next Start() takes it up, if name, channels, rate and
  // period are the same, and a Stop() before that removes it. The state is
  // kStopped then.
  virtual void Suspend() { Stop(); }

  virtual BackendStatus status() const = 0;

  // Readable when status() may have changed or Dispatch() has work; -1: none,
  // and Dispatch() is called every 100 ms.
  virtual int event_fd() const = 0;

  // Handles what made event_fd() readable, and clears it. Also called about
  // once a second without cause.
  virtual void Dispatch() = 0;

  // The sources that BackendParams::source may name, as the server told last.
  // Errors: Unavailable until it has.
  virtual absl::StatusOr<std::vector<DeviceInfo>> Devices() = 0;

  // Whether SetSource() can follow another source while it runs, without a new
  // start: those who listen to the virtual microphone keep it. As where the
  // default source changes, the client is told: EndSource(), and once it has
  // ended or two periods and kSourceFadeMs are over, BeginSource().
  virtual bool can_set_source() const { return false; }
  virtual void SetSource(const std::string&) {}

  // What the client delays the signal by, in frames of the playback rate; for
  // servers that tell their clients. Holds for later Starts too.
  virtual void SetProcessLatency(int) {}

  // Begins to record the virtual microphone's first channel at tape's rate;
  // audio arrives once the server has connected it.
  // Errors: Unimplemented: this backend has no microphone that it could hear.
  virtual absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> Record(
      std::shared_ptr<LoopbackTape> tape);
};

}  // namespace tacet

#endif  // TACET_DAEMON_AUDIO_BACKEND_H_
