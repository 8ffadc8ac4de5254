// SPDX-License-Identifier: Apache-2.0
// What the audio threads count.
#ifndef TACET_DAEMON_PATH_COUNTERS_H_
#define TACET_DAEMON_PATH_COUNTERS_H_

#include <atomic>
#include <cstdint>

#include "daemon/status.h"
#include "dsp/realtime.h"

namespace tacet {

// A counter that one thread writes and any reads.  Realtime-safe: yes.
class Count {
 public:
  void Add(int64_t increment) noexcept TACET_REALTIME {
    value_.store(value_.load(std::memory_order_relaxed) + increment,
                 std::memory_order_relaxed);
  }
  int64_t value() const noexcept TACET_REALTIME {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<int64_t> value_ = 0;
};

// Each field says who writes it. With one clock, one thread is both.
struct PathCounters {
  // The capture thread.
  Count frames_in;
  Count frames_refused;  // the ring was full
  Count num_capture_callbacks;
  Count num_deadline_misses;
  Count num_missing_masks;
  Count num_non_finite_samples;
  Count num_swaps;

  // The playback thread.
  Count frames_out;
  Count frames_inserted;
  Count frames_stretched;
  Count frames_skipped;  // cut out of the ring
  Count num_playback_callbacks;

  // Any thread.
  std::atomic<int64_t> num_xruns = 0;
  std::atomic<int64_t> lost_frames = 0;

  // frames_in_flight is what balances the others, so that the identity holds in
  // every snapshot although two threads go on counting; while they pause it is
  // the ring's fill.  Thread: any.
  AudioCounters Snapshot() const;
};

}  // namespace tacet

#endif  // TACET_DAEMON_PATH_COUNTERS_H_
