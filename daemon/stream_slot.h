// SPDX-License-Identifier: Apache-2.0
// The running stream, and how another takes its place.
#ifndef TACET_DAEMON_STREAM_SLOT_H_
#define TACET_DAEMON_STREAM_SLOT_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "daemon/path_counters.h"
#include "daemon/stage_timer.h"
#include "dsp/gain.h"
#include "dsp/realtime.h"
#include "model/stream.h"

namespace tacet {

// Holds a Stream and swaps it without a gap: the control thread offers the next
// through an atomic pointer; the audio thread runs both for the latency and
// kWarmUpMs, so that the new one's network has settled, crossfades over kFadeMs
//   y[n] = (1 - a[n]) y_old[n] + a[n] y_new[n],   a linear from 0 to 1
// (both are the same sound at the same time, so the sum keeps its level), and
// hands the old one back through another pointer. It never frees.
class StreamSlot {
 public:
  static constexpr double kWarmUpMs = 100.0;
  static constexpr double kFadeMs = 20.0;

  // Counts engine_frames, num_swaps, num_missing_masks, num_non_finite_samples;
  // observer may be null. Both outlive the slot.
  StreamSlot(std::unique_ptr<Stream> stream, PathCounters* counters,
             HopObserver* observer);
  ~StreamSlot();
  StreamSlot(const StreamSlot&) = delete;
  StreamSlot& operator=(const StreamSlot&) = delete;

  // FailedPrecondition when latency, rate or channels differ from the running
  // stream's.
  absl::Status Check(const Stream& next) const;

  // Takes the place of an offer that has not begun yet; one that has is
  // finished first. Errors: those of Check(). Thread: control.
  absl::Status Offer(std::unique_ptr<Stream> next);

  // Frees what the audio thread is done with.  Thread: control.
  void Collect();

  // True from an Offer until its swap is done and collected.
  // Thread: control.
  bool is_swapping() const { return num_outstanding_ > 0; }

  // As Stream::Process.  Thread: audio.  Realtime-safe: yes.
  void Process(std::span<const float* const> in, std::span<float* const> out,
               int num_frames) noexcept TACET_REALTIME;
  void SetStrength(Strength strength) noexcept TACET_REALTIME;
  void SetBypass(bool bypass) noexcept TACET_REALTIME;
  // Forgets all sound.
  void Reset() noexcept TACET_REALTIME;

  int latency_samples() const { return latency_samples_; }
  int num_channels() const { return num_channels_; }

 private:
  static constexpr int kBlock = 256;  // frames of the new stream at once

  void Begin(Stream* next) noexcept TACET_REALTIME;
  void Finish() noexcept TACET_REALTIME;
  void ProcessBoth(std::span<const float* const> in,
                   std::span<float* const> out,
                   int num_frames) noexcept TACET_REALTIME;
  void TakeCounts() noexcept TACET_REALTIME;

  const int sample_rate_hz_;
  const int num_channels_;
  const int latency_samples_;
  const int fade_frames_;
  PathCounters* const counters_;
  HopObserver* const observer_;

  std::atomic<Stream*> offered_ = nullptr;  // control to audio
  std::atomic<Stream*> retired_ = nullptr;  // audio to control
  int num_outstanding_ = 0;  // control's: offers not yet swapped and collected

  // The audio thread's, owned.
  Stream* current_;
  Stream* next_ = nullptr;
  std::optional<Strength> strength_;  // last set; next_ may be older than it
  int frames_to_fade_ = 0;            // of the warm-up
  int fade_done_ = 0;                 // frames
  StreamCounters counted_;            // of current_, already added to counters_
  std::vector<float> scratch_;        // [num_channels][kBlock]
  std::vector<float*> scratch_channels_;  // [num_channels], of scratch_
  std::vector<const float*> in_;          // [num_channels]
  std::vector<float*> out_;               // [num_channels]
};

}  // namespace tacet

#endif  // TACET_DAEMON_STREAM_SLOT_H_
