// SPDX-License-Identifier: Apache-2.0
// Test bursts in place of the microphone.
#ifndef TACET_DAEMON_LOOPBACK_PROBE_H_
#define TACET_DAEMON_LOOPBACK_PROBE_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/realtime.h"

namespace tacet {

// Sample i of burst b: white noise of 0.25 full scale, other noise for each
// burst, so that none is taken for another however long it took.
float BurstSample(int burst, int i) noexcept TACET_REALTIME;

// While on, the microphone's samples give way to silence and kNumBursts bursts,
// the same in all channels. They are kBurstMs long and begin 180 to 220 ms
// apart, by turns, so that they meet every place in a period. The microphone
// fades out and in again over kFadeMs.
class LoopbackProbe {
 public:
  static constexpr int kNumBursts = 20;
  static constexpr double kBurstMs = 5.0;
  static constexpr double kFadeMs = 20.0;

  // Ends what was going on.
  // max_frames  of one call of Process.     Thread: control, without audio.
  void Configure(int rate_hz, int num_channels, int max_frames);

  // Begin(): from the first burst again.    Thread: control.
  void Begin();
  void End() { is_wanted_.store(false, std::memory_order_release); }
  // So far; sent_ns() of a burst below it is when its first sample was
  // captured, had a microphone given it.    Thread: any.
  int num_sent() const { return num_sent_.load(std::memory_order_acquire); }
  int64_t sent_ns(int burst) const { return sent_ns_[burst].load(); }

  // Points in[c] to what takes the place of its num_frames samples, the first
  // of which was captured at first_ns.
  // Thread: capture.  Realtime-safe: yes.
  void Process(std::span<const float*> in, int num_frames,
               int64_t first_ns) noexcept TACET_REALTIME;

 private:
  void Note(int64_t ns) noexcept TACET_REALTIME;
  int GapFrames() const noexcept TACET_REALTIME;

  std::atomic<bool> is_wanted_ = false;
  std::atomic<int> num_sent_ = 0;
  std::array<std::atomic<int64_t>, kNumBursts> sent_ns_{};

  // The capture thread's.
  bool is_active_ = false;
  float microphone_gain_ = 1.0f;
  float gain_step_ = 0.0f;   // a frame
  int frames_to_burst_ = 0;  // 0: within one
  int burst_ = 0;            // the next or present one
  int burst_place_ = 0;      // frames of it that are out
  int burst_frames_ = 0;     // of one
  int rate_hz_ = 0;
  int max_frames_ = 0;
  std::vector<float> block_;  // [channels][max_frames]
};

}  // namespace tacet

#endif  // TACET_DAEMON_LOOPBACK_PROBE_H_
