// SPDX-License-Identifier: Apache-2.0
// From a capture clock to a playback clock at a constant delay.
#ifndef TACET_DAEMON_CLOCK_BRIDGE_H_
#define TACET_DAEMON_CLOCK_BRIDGE_H_

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "daemon/delay_locked_loop.h"
#include "daemon/drift_resampler.h"
#include "daemon/path_counters.h"
#include "daemon/spsc_ring.h"
#include "daemon/status.h"
#include "daemon/triple_buffer.h"
#include "dsp/realtime.h"

namespace tacet {

struct ClockBridgeParams {
  int sample_rate_hz = 48000;
  int num_channels = 1;
  int capture_period = 256;   // frames
  int playback_period = 256;  // frames
  // Of playback_period, by which a callback may come late; capture's is for
  // D* to cover, this one for the room in the ring above it.
  int playback_jitter = 0;  // frames
};

// A ring, then a drift resampler whose ratio keeps the delay constant. With
// frame positions as real numbers, at the (filtered) time t of a playback
// callback and before it takes its frames:
//
//   P(t) = written + (t - t_c) / s_c     frames that the microphone has heard
//   D    = P(t) - read                   the delay
//   D*   = capture period + playback period - playback jitter + kMarginMs
//   ratio -> (s_p / s_c) (1 + (D - D*) s_c / tau)
//
// with t, s from a DelayLockedLoop on each side. In the first kAcquireSeconds
// the ratio is free within +-1500 ppm and tau short; then it moves by at most
// kMaxSlew a second. The ring holds periods + kRingMs, so the delay can never
// grow beyond it: what does not fit is dropped, counted, and the delay set
// anew. What is missing is silence, inserted and counted. Both are faded.
//   Source: F. Adriaensen, "Controlling adaptive resampling", LAC 2012.
//   Latency: latency_frames().  State: all; a new object starts anew.
class ClockBridge {
 public:
  static constexpr double kRingMs = 4.0;
  static constexpr double kMarginMs = 2.0;  // of it before, the rest behind D*
  static constexpr double kAcquireSeconds = 4.0;
  static constexpr double kMaxSlew = 50e-6;  // of the ratio, a second
  static constexpr double kFadeMs = 3.0;

  // Counts frames_refused, frames_inserted, frames_stretched and
  // frames_skipped.  Realtime-safe: no.
  ClockBridge(const ClockBridgeParams& params, PathCounters* counters);

  // Takes n frames of a callback, planar; in any number of pieces, followed by
  // one EndCapture with their sum and the callback's time.
  // Thread: the capture thread.  Realtime-safe: yes.
  void Capture(std::span<const float* const> in, int n) noexcept TACET_REALTIME;
  void EndCapture(int n, int64_t now_ns) noexcept TACET_REALTIME;

  // Gives n frames. Returns the delay D in nanoseconds, -1 in silence.
  // Thread: the playback thread.  Realtime-safe: yes.
  int64_t Playback(std::span<float* const> out, int n,
                   int64_t now_ns) noexcept TACET_REALTIME;

  // The server lost frames: the clocks' times are found anew.
  // Thread: any.  Realtime-safe: yes.
  void NoteXrun() noexcept TACET_REALTIME {
    capture_xrun_.store(true, std::memory_order_relaxed);
    playback_xrun_.store(true, std::memory_order_relaxed);
  }

  // D* and the resampler's delay.
  double latency_frames() const { return target_ + DriftResampler::kDelay; }

  // Thread: any.
  RingStatus status() const;

 private:
  static constexpr int kBlock = 256;  // frames interleaved at once

  struct CapturePosition {
    double time_s = 0.0;
    double seconds_per_frame = 0.0;  // 0: no callback yet
    int64_t written = 0;             // frames
  };

  bool Start(double delay, int n) noexcept TACET_REALTIME;
  void SteerRatio(double delay, const CapturePosition& capture,
                  double elapsed_s) noexcept TACET_REALTIME;
  void Give(std::span<float* const> out, int n) noexcept TACET_REALTIME;
  int64_t Silence(std::span<float* const> out, int n) noexcept TACET_REALTIME;

  const int num_channels_;
  const int sample_rate_hz_;
  const double target_;  // D*, frames
  const int fade_frames_;
  PathCounters* const counters_;
  SpscRing ring_;
  TripleBuffer<CapturePosition> position_;
  std::atomic<bool> capture_xrun_ = false;
  std::atomic<bool> playback_xrun_ = false;

  // The capture thread's.
  DelayLockedLoop capture_clock_;
  int64_t written_ = 0;             // frames
  std::vector<float> interleaved_;  // [kBlock][num_channels]

  // The playback thread's.
  DelayLockedLoop playback_clock_;
  DriftResampler resampler_;
  int64_t read_ = 0;  // frames, those skipped too
  int last_n_ = 0;
  bool is_running_ = false;
  double acquire_until_s_ = 0.0;
  int64_t refused_seen_ = 0;
  int fade_ = 0;                   // 0..fade_frames_
  std::vector<float> taken_;       // [kBlock + 2][num_channels]
  std::vector<float> given_;       // [kBlock][num_channels]
  std::vector<float> last_frame_;  // [num_channels]

  // For status().
  std::atomic<double> ratio_ = 1.0;
  std::atomic<double> error_s_ = 0.0;
};

}  // namespace tacet

#endif  // TACET_DAEMON_CLOCK_BRIDGE_H_
