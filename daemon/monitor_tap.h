// SPDX-License-Identifier: Apache-2.0
// The way out of the audio thread for those who watch.
#ifndef TACET_DAEMON_MONITOR_TAP_H_
#define TACET_DAEMON_MONITOR_TAP_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "daemon/spsc_ring.h"
#include "dsp/realtime.h"

namespace tacet {

// What the tap's frames are.
struct MonitorFormat {
  int sample_rate_hz = 0;  // 0: no audio has flowed yet
  int latency_frames = 0;  // output is behind input
};

// Copies what the engine is given and what it makes of it, as pairs of samples
// (input, output), into a ring that another thread reads:
//   input[i] = mean over channels of in[c][i],   output[i] likewise
// While nobody listens a block costs one load. A block that does not
// fit into the ring is dropped whole, both samples of each frame, and counted.
class MonitorTap {
 public:
  static constexpr int kMaxBlock = 1024;           // frames of one call
  static constexpr int kCapacityFrames = 1 << 15;  // 0.68 s at 48 kHz

  // The block that the engine is given, then what came out for it: the same n,
  // 0..kMaxBlock, and at least one channel each. What is not finite is passed
  // on as it is.
  // Thread: audio, the capturing one.  Realtime-safe: yes.
  void TakeInput(std::span<const float* const> in,
                 int n) noexcept TACET_REALTIME;
  void TakeOutput(std::span<float* const> out, int n) noexcept TACET_REALTIME;

  // What was in the ring before is of another sound.
  // Thread: control, while no audio flows.
  void Configure(const MonitorFormat& format);

  // Thread: the listening one, for all below.
  void SetListening(bool listening);
  MonitorFormat format() const;
  // Grows with each Configure.
  int64_t generation() const { return generation_.load(); }
  // Takes the oldest frames: pairs (input, output), at most pairs.size() / 2;
  // says how many.
  int Read(std::span<float> pairs);
  // Drops all that is in the ring.
  void Clear() {
    if (ring_ != nullptr) ring_->Skip(ring_->capacity());
  }
  // Frames that did not fit, since the start.
  int64_t frames_dropped() const {
    return frames_dropped_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<bool> is_listening_ = false;
  std::atomic<int64_t> frames_dropped_ = 0;
  std::atomic<int64_t> generation_ = 0;
  std::atomic<int> sample_rate_hz_ = 0;
  std::atomic<int> latency_frames_ = 0;
  // From the first listening on, which is what publishes it: a daemon that
  // nobody watches is spared its 256 KiB.
  std::unique_ptr<SpscRing> ring_;

  // The audio thread's.
  bool is_taking_ = false;  // this block
  std::array<float, 2 * kMaxBlock> pairs_{};
};

}  // namespace tacet

#endif  // TACET_DAEMON_MONITOR_TAP_H_
