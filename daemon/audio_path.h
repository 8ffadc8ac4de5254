// SPDX-License-Identifier: Apache-2.0
// From the microphone to the virtual microphone.
#ifndef TACET_DAEMON_AUDIO_PATH_H_
#define TACET_DAEMON_AUDIO_PATH_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "daemon/audio_backend.h"
#include "daemon/channel_selector.h"
#include "daemon/clock_bridge.h"
#include "daemon/deadline.h"
#include "daemon/level_meter.h"
#include "daemon/loopback_probe.h"
#include "daemon/monitor_tap.h"
#include "daemon/path_counters.h"
#include "daemon/stage_timer.h"
#include "daemon/status.h"
#include "daemon/stream_slot.h"
#include "dsp/gain.h"
#include "dsp/realtime.h"
#include "model/denoiser.h"
#include "model/estimator_source.h"

namespace tacet {

// Where inference runs. Decided at Configure, never adaptively. kWorker is the
// seam for slow backends: their MaskEstimator answers from another thread and
// a late mask is a missing one, so a late callback is then no miss of ours.
enum class Placement { kCallback, kWorker };

// A stream that is ready to run, and what it was made for.
struct PreparedStream {
  StreamParams params;
  std::unique_ptr<Stream> stream;
};

struct AudioPathParams {
  EstimatorSource engine = {};
  Strength strength = {};
  Mode mode = Mode::kClean;
  Placement placement = Placement::kCallback;
  ChannelLink link = ChannelLink::kLinked;  // as in `tacet denoise`
  int delay_hops = 0;                       // as in DenoiserParams
  StageTimer::Clock clock = &MonotonicNs;
};

// The audio's way:
//   capture channels -> (channel_selector) -> stream_slot -> mode and fade gain
//     -> playback channels;    two clocks: -> clock_bridge -> playback channels
//
// Channels: as many in as out pass through one stream, linked (docs/design.md:
// one mask from their energy, which a dead, duplicated or anti-phase channel
// does not spoil). From several to one, channel_selector picks. From fewer to
// more, they repeat.
// Deadlines (Placement::kCallback): a callback that misses its own (deadline.h)
// is counted; the supervisor acts on the count.
// Sound begins with a fade: after Configure, after a pause and from another
// source the first kFadeMs behind the latency rise from 0, so that a
// microphone's offset is no click. Before another source begins, the former
// one's sound falls to 0 within kFadeMs, or within the latency where that is
// less: from a source that went by itself there is no more. From there on, with
// one clock, the output in mode clean is that of Stream::Process with the same
// model, strength and link, bit for bit, as `tacet denoise` gives it.
//   Latency: latency().
class AudioPath final : public AudioClient {
 public:
  // Between two cycles, a pause this long means that the sound before it has
  // nothing to do with the sound after it: the engine starts anew.
  static constexpr int64_t kPauseNs = 2'000'000'000;
  static constexpr double kFadeMs = 20.0;  // of mute, SetSilent and EndSource

  explicit AudioPath(const AudioPathParams& params);

  // AudioClient.
  absl::Status Configure(const AudioFormat& capture,
                         const AudioFormat& playback,
                         ClockDomain clocks) override;
  void Process(std::span<const float* const> in, std::span<float* const> out,
               int n, int64_t now_ns) noexcept TACET_REALTIME override;
  void Capture(std::span<const float* const> in, int n,
               int64_t now_ns) noexcept TACET_REALTIME override;
  void Playback(std::span<float* const> out, int n,
                int64_t now_ns) noexcept TACET_REALTIME override;
  void NoteXrun(int64_t lost_frames) noexcept TACET_REALTIME override;
  void EndSource() noexcept TACET_REALTIME override;
  bool is_source_ended() const noexcept TACET_REALTIME override {
    return is_source_ended_.load(std::memory_order_acquire);
  }
  void BeginSource() noexcept TACET_REALTIME override;

  // Live; ramped.  Thread: any.
  void SetMode(Mode mode) { mode_.store(mode, std::memory_order_relaxed); }
  Mode mode() const { return mode_.load(std::memory_order_relaxed); }
  void SetStrength(Strength strength) {
    strength_db_.store(strength.attenuation_limit_db,
                       std::memory_order_relaxed);
  }
  Strength strength() const {
    return {strength_db_.load(std::memory_order_relaxed)};
  }
  // Fades to silence within kFadeMs, e.g. before a restart, or back.
  void SetSilent(bool silent) {
    silent_.store(silent, std::memory_order_relaxed);
  }

  // A stream of the engine, in the present format. It takes as long as the
  // engine does, and holds nobody up. Errors: those of Stream::Create.  Thread:
  // any but an audio thread.
  absl::StatusOr<PreparedStream> Prepare(const EstimatorSource& engine) const;

  // In the following `prepared` is of Prepare(engine) and saves the making of a
  // stream; it is taken where it fits and all goes well. It may be null or
  // empty.

  // Swaps the engine without a gap; before the first Configure and after a
  // failed one it is only kept for the next.
  // Errors: those of Stream::Create; FailedPrecondition when the latency would
  // change: then stop the backend, ReplaceEngine, and start it. On an error the
  // former engine goes on.
  // Thread: control.
  absl::Status SwapEngine(const EstimatorSource& engine,
                          PreparedStream* prepared = nullptr);
  // For the next Configure.  Thread: control.
  void SetLink(ChannelLink link);
  // For the next Configure.  Thread: control, while no audio flows.
  absl::Status ReplaceEngine(const EstimatorSource& engine,
                             PreparedStream* prepared = nullptr);

  // Bursts in place of the microphone.  Thread: control.
  LoopbackProbe& probe() { return probe_; }
  // What the engine is given and gives, to watch.  Thread: control.
  MonitorTap& tap() { return tap_; }

  // Grows with each change of what the audio threads use: memory and threads.
  // Thread: control.
  int64_t generation() const { return generation_.load(); }
  // Within the stacks of the audio threads of late, if any.
  std::array<uintptr_t, 2> stacks() const {
    return {capture_stack_.load(), playback_stack_.load()};
  }

  // Frees what the audio thread has handed back; a few times a second.
  // Thread: control.
  void Collect();
  bool is_swapping() const;

  // Thread: control.
  AudioCounters counters() const { return counters_.Snapshot(); }
  MeterReading meters() const;
  LatencyReport latency_report() const { return timer_.Report(); }
  void ResetLatencyReport() { timer_.Reset(); }
  LatencyParts latency() const;  // without server_ms
  // Of latency() the engine's part, in frames of the device; 0: not configured.
  int engine_latency_frames() const;
  RingStatus ring() const;

 private:
  friend class BrokenParts;  // tests/daemon/path_counters_test.cc

  static constexpr int kBlock = 1024;  // frames handled at once
  // Between two sources, beside two periods: the first is heard no more.
  static constexpr int64_t kHoleNs = 50'000'000;

  // With mutex_ held.
  StreamParams ParamsOfStream() const;
  // Makes one where `prepared` holds none that fits.  With mutex_ held.
  absl::Status Fit(const EstimatorSource& engine,
                   PreparedStream* prepared) const;
  // The engine's part of Process and Capture.
  void Denoise(std::span<const float* const> in, std::span<float* const> out,
               int n) noexcept TACET_REALTIME;
  void ApplyGain(std::span<float* const> channels,
                 int n) noexcept TACET_REALTIME;
  void BeginSound() noexcept TACET_REALTIME;
  // Forgets all sound so far, and begins.
  void BeginAnew() noexcept TACET_REALTIME;
  void FollowSource() noexcept TACET_REALTIME;
  void TakeSettings(int64_t now_ns, int n) noexcept TACET_REALTIME;
  void EndCycle() noexcept TACET_REALTIME;
  void CountDeadline(int64_t start_ns, int n) noexcept TACET_REALTIME;
  static void Clear(std::span<float* const> out, int n) noexcept TACET_REALTIME;
  // When the frame was captured that is num_left before the end of a cycle.
  int64_t CapturedNs(int64_t now_ns,
                     int num_left) const noexcept TACET_REALTIME;

  PathCounters counters_;
  StageTimer timer_;
  LoopbackProbe probe_;
  MonitorTap tap_;
  std::atomic<Mode> mode_;
  std::atomic<float> strength_db_;
  std::atomic<bool> silent_ = false;
  enum class SourceState { kSame, kEnding, kAnother };
  std::atomic<SourceState> source_state_ = SourceState::kSame;
  std::atomic<bool> is_source_ended_ = false;
  std::atomic<int64_t> generation_ = 0;
  std::atomic<uintptr_t> capture_stack_ = 0, playback_stack_ = 0;
  const Placement placement_;

  mutable std::mutex mutex_;  // never taken by an audio thread
  const int delay_hops_;
  EstimatorSource engine_;  // guarded by mutex_
  PreparedStream spare_;    // of engine_, for Configure; guarded by mutex_
  ChannelLink link_;        // guarded by mutex_

  // Set by Configure; null before. Pointers and formats are guarded by mutex_
  // on the control side and constant while audio flows.
  AudioFormat capture_;
  AudioFormat playback_;
  ClockDomain clocks_ = ClockDomain::kOne;
  std::unique_ptr<StreamSlot> slot_;
  std::unique_ptr<ClockBridge> bridge_;        // two clocks only
  std::unique_ptr<ChannelSelector> selector_;  // several to one only
  std::unique_ptr<LevelMeter> input_meter_;
  std::unique_ptr<LevelMeter> output_meter_;

  // The capture thread's.
  int64_t last_cycle_ns_ = 0;  // 0: none yet
  int64_t engine_seen_ = 0;    // frames that the engine has counted
  Deadline deadline_;
  float applied_strength_db_ = 0.0f;
  float gain_ = 0.0f;         // of mode and silence; 0..1
  int frames_to_sound_ = 0;   // that are still silence, then gain_ rises
  float gain_step_ = 0.0f;    // a frame
  bool is_ending_ = false;    // the source, by EndSource
  bool is_joining_ = false;   // another source is there, the former one fades
  std::vector<float> block_;  // [stream channels][kBlock]
  std::vector<float*> block_channels_;  // of block_
  std::vector<const float*> in_;        // [capture channels]
  std::vector<float*> out_;             // [playback channels]
};

}  // namespace tacet

#endif  // TACET_DAEMON_AUDIO_PATH_H_
