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
  // Of playback_period, by which callbacks may come late or unevenly: nothing
  // that the latency has to cover, but the ring.
  int playback_jitter = 0;  // frames
};

// A ring, then a drift resampler whose ratio keeps the delay constant. At the
// time t by which a playback callback for n frames was due
//
//   D  = P(t) - (read + n ratio)      frames that the microphone has heard and
//                                     nobody will have taken after it
//   D* = capture period + kMarginMs
//   ratio -> (f_c / f_p) (1 + (D - D*) / (f_c tau))
//
// with P, t and the rates f from a DelayLockedLoop on each side. Sound begins
// when both have found their position, at D* to the frame. For kAcquireSeconds
// the ratio is free within +-1500 ppm and tau short; then it moves by at most
// kMaxSlew a second. The ring holds periods + kRingMs, so the delay can never
// grow beyond it: what does not fit is dropped, counted, and the delay set
// anew; so it is after a jump of either clock by more than kRecentreMs. What is
// missing is silence, inserted and counted. Both are faded.
//   Source: F. Adriaensen, "Controlling adaptive resampling", LAC 2012.
//   Latency: latency_frames().  State: all; a new object starts anew.
class ClockBridge {
 public:
  static constexpr double kRingMs = 4.0;
  static constexpr double kMarginMs = 2.0;  // of it before, the rest behind D*
  static constexpr double kRecentreMs = 2.0;
  static constexpr double kAcquireSeconds = 4.0;
  static constexpr double kMaxSlew = 50e-6;  // of the ratio, a second
  static constexpr double kFadeMs = 3.0;

  // Counts frames_refused, frames_inserted, frames_stretched, frames_skipped
  // and the ring's positions, and ends the callbacks' counting.
  // Realtime-safe: no.
  ClockBridge(const ClockBridgeParams& params, PathCounters* counters);

  // Takes n frames of a callback, planar; in any number of pieces, followed by
  // one EndCapture with their sum and the callback's time.
  // Thread: the capture thread.  Realtime-safe: yes.
  void Capture(std::span<const float* const> in, int n) noexcept TACET_REALTIME;
  void EndCapture(int n, int64_t now_ns) noexcept TACET_REALTIME;

  // Gives n frames. Returns the delay from microphone to speaker, D and the
  // playback period without its jitter, in nanoseconds; -1 in silence.
  // Thread: the playback thread.  Realtime-safe: yes.
  int64_t Playback(std::span<float* const> out, int n,
                   int64_t now_ns) noexcept TACET_REALTIME;

  // Drops all that the ring holds.  Thread: any, while no audio flows.
  void Drain() noexcept;

  // The server lost frames: the clocks' positions are found anew.
  // Thread: any.  Realtime-safe: yes.
  void NoteXrun() noexcept TACET_REALTIME {
    capture_xrun_.store(true, std::memory_order_relaxed);
    playback_xrun_.store(true, std::memory_order_relaxed);
  }

  // D*, the playback period without its jitter, and the resampler's delay.
  double latency_frames() const {
    return target_ + playback_frames_ + DriftResampler::kDelay;
  }

  // Thread: any.
  RingStatus status() const;

 private:
  friend class BrokenParts;  // tests/daemon/path_counters_test.cc

  static constexpr int kBlock = 256;  // frames interleaved at once

  struct CaptureLine {  // of capture_clock_
    double time_s = 0.0;
    double frames = 0.0;             // at time_s
    double frames_per_second = 0.0;  // 0: not found yet
    int num_locks = 0;
  };

  double Delay(const CaptureLine& capture, int n) const noexcept TACET_REALTIME;
  int64_t Fill(std::span<float* const> out, int n,
               int64_t now_ns) noexcept TACET_REALTIME;
  void EndPlayback() noexcept TACET_REALTIME;
  bool Start(double delay, int n) noexcept TACET_REALTIME;
  void SteerRatio(double delay, const CaptureLine& capture,
                  int n) noexcept TACET_REALTIME;
  void Give(std::span<float* const> out, int n) noexcept TACET_REALTIME;
  int64_t Silence(std::span<float* const> out, int n) noexcept TACET_REALTIME;
  void Skip(int n) noexcept TACET_REALTIME;

  const int num_channels_;
  const int sample_rate_hz_;
  const double target_;           // D*, frames
  const double playback_frames_;  // the period without its jitter
  const int fade_frames_;
  PathCounters* const counters_;
  const int64_t refused_before_;  // by a former object, as are these
  const int64_t written_before_;
  const int64_t read_before_;
  SpscRing ring_;
  TripleBuffer<CaptureLine> capture_line_;
  std::atomic<bool> capture_xrun_ = false;
  std::atomic<bool> playback_xrun_ = false;

  // The capture thread's.
  DelayLockedLoop capture_clock_;
  std::vector<float> interleaved_;  // [kBlock][num_channels]

  // The playback thread's.
  DelayLockedLoop playback_clock_;
  DriftResampler resampler_;
  int64_t read_ = 0;   // frames, those skipped too
  int num_locks_ = 0;  // of both clocks, seen
  bool is_running_ = false;
  double acquire_until_s_ = 0.0;
  int64_t refused_seen_ = 0;
  int fade_ = 0;              // up to fade_frames_; below 0: before it begins
  std::vector<float> taken_;  // [kBlock + 2][num_channels]
  std::vector<float> given_;  // [kBlock][num_channels]
  std::vector<float> last_frame_;  // [num_channels]
  // What Silence() had not yet let die away at the start, [num_channels].
  std::vector<float> dying_frame_;

  // For status().
  std::atomic<double> ratio_ = 1.0;
  std::atomic<double> error_s_ = 0.0;
};

}  // namespace tacet

#endif  // TACET_DAEMON_CLOCK_BRIDGE_H_
