// SPDX-License-Identifier: Apache-2.0
// What the audio threads count.
#ifndef TACET_DAEMON_PATH_COUNTERS_H_
#define TACET_DAEMON_PATH_COUNTERS_H_

#include <atomic>
#include <cstdint>
#include <mutex>

#include "daemon/status.h"
#include "daemon/triple_buffer.h"
#include "dsp/realtime.h"

namespace tacet {

// A counter that one thread writes and any reads.  Realtime-safe: yes.
class Count {
 public:
  void Add(int64_t increment) noexcept TACET_REALTIME {
    value_.store(value_.load(std::memory_order_relaxed) + increment,
                 std::memory_order_relaxed);
  }
  void Set(int64_t value) noexcept TACET_REALTIME {
    value_.store(value, std::memory_order_relaxed);
  }
  int64_t value() const noexcept TACET_REALTIME {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<int64_t> value_ = 0;
};

// Each field says who writes it. With one clock, one thread is both.
class PathCounters {
 public:
  // The capture thread.
  Count frames_in;
  Count frames_refused;  // the ring was full, or nothing was there to take them
  Count engine_frames;   // by the engine's own count
  Count ring_written;    // by the ring's writing position
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
  Count ring_read;       // by the ring's reading position
  Count num_playback_callbacks;

  // Any thread.
  std::atomic<int64_t> num_xruns = 0;
  std::atomic<int64_t> lost_frames = 0;

  // At the end of each callback: what the thread has counted so far belongs
  // together.  Thread: capture, or playback.  Realtime-safe: yes.
  void EndCapture() noexcept TACET_REALTIME;
  void EndPlayback() noexcept TACET_REALTIME;

  // Frames as of the last ends, so that no callback under way spoils the sum
  // (of each thread its own, the playback's first: nothing is read before it is
  // written). frames_in_flight is what the ring's own positions say that it
  // holds, and nothing that is counted here: a part that loses or doubles
  // frames, or that forgets to count them, makes IsBalanced() false.
  // Thread: any but an audio thread.
  AudioCounters Snapshot() const;

 private:
  struct CaptureFrames {
    int64_t in = 0, refused = 0, written = 0;
  };
  struct PlaybackFrames {
    int64_t out = 0, inserted = 0, stretched = 0, skipped = 0, read = 0;
  };

  mutable std::mutex mutex_;  // of those who read; no audio thread takes it
  mutable TripleBuffer<CaptureFrames> capture_;
  mutable TripleBuffer<PlaybackFrames> playback_;
};

}  // namespace tacet

#endif  // TACET_DAEMON_PATH_COUNTERS_H_
