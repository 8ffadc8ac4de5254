// SPDX-License-Identifier: Apache-2.0
// All that `tacet status`, `tacet top`, `tacet latency` and the metrics show:
// plain values, copied on the control thread.
#ifndef TACET_DAEMON_STATUS_H_
#define TACET_DAEMON_STATUS_H_

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/audio_backend.h"
#include "daemon/histogram.h"
#include "model/offload_status.h"

namespace tacet {

enum class Mode {
  kClean,
  kBypass,  // dry, aligned: the same latency
  kMute,
};

enum class DaemonState {
  kStarting,    // the backend is coming up
  kIdle,        // ready; nobody listens
  kRunning,     // audio flows
  kRecovering,  // the backend failed; the next try comes after a pause
  kStopping,
};

// clean | bypass | mute
std::string_view ModeName(Mode mode);
// starting | idle | running | recovering | stopping
std::string_view DaemonStateName(DaemonState state);
// stopped | starting | idle | running | stopping | failed
std::string_view BackendStateName(BackendState state);
// none | rlimit | rtkit | server
std::string_view RealtimeKindName(RealtimeKind kind);

// Each in milliseconds; total_ms is their sum. Constant while audio flows.
struct LatencyParts {
  double window_ms = 0.0;           // the engine's, conversions included
  double capture_period_ms = 0.0;   // two clocks only: see AudioPath
  double playback_period_ms = 0.0;  // two clocks only
  double ring_margin_ms = 0.0;      // two clocks only; the drift filter's too
  double server_ms = 0.0;           // BackendStatus::latency_ms
  double total_ms = 0.0;
};

// Since the daemon's start; they never go back. True as long as no part loses,
// doubles or forgets to count a frame (IsBalanced):
//   frames_in + frames_inserted + frames_stretched
//       = frames_out + frames_dropped + frames_in_flight
// With one clock frames_out are those that the engine says it passed on; with
// two, frames_in_flight is what the ring says it holds.
struct AudioCounters {
  int64_t frames_in = 0;         // captured
  int64_t frames_out = 0;        // played
  int64_t frames_dropped = 0;    // no room, or cut out to keep the latency
  int64_t frames_inserted = 0;   // silence for what was late
  int64_t frames_stretched = 0;  // given less taken by the drift resampler
  int64_t frames_in_flight = 0;  // in the ring
  int64_t num_callbacks = 0;
  int64_t num_xruns = 0;    // told by the server
  int64_t lost_frames = 0;  // as told by the server; were never frames_in
  int64_t num_deadline_misses = 0;
  int64_t num_missing_masks = 0;
  int64_t num_non_finite_samples = 0;
  int64_t num_swaps = 0;  // of the stream: model changes that were finished

  friend bool operator==(const AudioCounters&, const AudioCounters&) = default;
};

// True where frames in = frames out + dropped - inserted - stretched + in
// flight.
constexpr bool IsBalanced(const AudioCounters& c) {
  return c.frames_in + c.frames_inserted + c.frames_stretched ==
         c.frames_out + c.frames_dropped + c.frames_in_flight;
}

// Levels of the last 100 ms in dB relative to full scale, at least kSilenceDb.
struct MeterReading {
  static constexpr float kSilenceDb = -120.0f;
  float input_rms_db = kSilenceDb;
  float input_peak_db = kSilenceDb;
  float output_rms_db = kSilenceDb;
  float output_peak_db = kSilenceDb;
  float attenuation_db = 0.0f;  // input rms less output rms
};

// Where a frame's time goes.
enum class Stage {
  kCaptureWait,  // cycle's start to the callback's
  kAnalysis,     // per hop: STFT and features
  kNetwork,      // per hop
  kSynthesis,    // per hop: gain and overlap-add
  kQueueing,     // two clocks: in the ring
  kEndToEnd,     // the whole callback
};
inline constexpr int kNumStages = 6;
// capture_wait | analysis | network | synthesis | queueing | end_to_end
std::string_view StageName(Stage stage);

struct LatencyReport {
  std::array<HistogramSnapshot, kNumStages> stages;  // by Stage
  double budget_ms = 8.0;                            // one hop
};

struct RingStatus {
  int capacity_frames = 0;  // 0: no ring (one clock)
  int fill_frames = 0;
  double ratio_ppm = 0.0;  // of the drift resampler, capture over playback
  double error_ms = 0.0;   // delay less its nominal value
};

struct RecoveryStatus {
  int64_t num_recoveries = 0;
  double last_duration_s = 0.0;  // failure noticed to audio (or idle) again
  double last_ago_s = 0.0;       // since then; valid if num_recoveries > 0
  std::string last_cause;
  double next_try_s = 0.0;  // in kRecovering: time until the next try
};

// What became of the tokens of a backend beside the audio. Always true, but for
// those that wait when it is taken:
//   submitted = answered + late + failed + wrong + not_sent + dropped + waiting
struct OffloadReport {
  bool is_backed_off = false;  // left alone for a while
  int64_t num_submitted = 0;
  int64_t num_answered = 0;
  int64_t num_late = 0;
  int64_t num_failed = 0;
  int64_t num_wrong = 0;
  int64_t num_not_sent = 0;
  int64_t num_dropped = 0;
  int64_t num_backoffs = 0;

  static OffloadReport Of(const OffloadStatus& status);
};

struct DaemonStatus {
  DaemonState state = DaemonState::kStarting;
  std::string version;
  double uptime_s = 0.0;
  int pid = 0;

  std::string backend;  // AudioBackend::name(), empty before the first
  BackendStatus device;
  LatencyParts latency;

  Mode mode = Mode::kClean;
  // Attenuation limit; infinity: none.
  float strength_db = std::numeric_limits<float>::infinity();

  std::string model;              // name
  std::string model_source;       // path, or "builtin"
  std::string stepped_down_from;  // it was late; empty: the wanted one runs
  std::string network_backend;    // float, fixed or neuromorphic
  std::optional<OffloadReport> offload;  // absent: nothing runs beside
  bool worker = false;  // inference beside the callback, not in it

  AudioCounters counters;
  MeterReading meters;
  RingStatus ring;
  RecoveryStatus recovery;
  RealtimeKind realtime = RealtimeKind::kNone;
  std::string realtime_detail;  // why not, where it is kNone
  int64_t locked_bytes = 0;     // of memory, kept from being paged out
  std::string config_path;      // empty: none, defaults
  std::string last_error;       // the newest, empty: none
};

}  // namespace tacet

#endif  // TACET_DAEMON_STATUS_H_
