// SPDX-License-Identifier: Apache-2.0
// What a listener to the virtual microphone heard, and when.
#ifndef TACET_DAEMON_LOOPBACK_TAPE_H_
#define TACET_DAEMON_LOOPBACK_TAPE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/realtime.h"

namespace tacet {

// One writer, the thread of a MicrophoneRecorder; what has been written stays
// and may be read meanwhile. Full, it takes no more.
class LoopbackTape {
 public:
  // rate_hz  of the samples     seconds  what it holds
  LoopbackTape(int rate_hz, double seconds);

  // Mono samples, the last of which was there at end_ns (CLOCK_MONOTONIC; the
  // fake backend's time is virtual).
  // Realtime-safe: yes.
  void Append(std::span<const float> samples,
              int64_t end_ns) noexcept TACET_REALTIME;

  int rate_hz() const { return rate_hz_; }
  std::span<const float> samples() const;
  // When sample `frame` was there: that of its block's end, less what of the
  // block came after it. frame < samples().size().
  int64_t TimeNs(size_t frame) const;
  // The first sample that came at or after ns; samples().size(): none.
  size_t FrameAt(int64_t ns) const;

 private:
  struct Block {
    size_t end = 0;  // frames
    int64_t end_ns = 0;
  };
  static constexpr int kMinBlock = 16;  // frames, on average, or it is full

  const int rate_hz_;
  std::vector<float> samples_;
  std::vector<Block> blocks_;
  std::atomic<size_t> num_blocks_ = 0;  // that are complete
};

}  // namespace tacet

#endif  // TACET_DAEMON_LOOPBACK_TAPE_H_
