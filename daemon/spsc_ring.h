// SPDX-License-Identifier: Apache-2.0
// A bounded queue of samples between two threads.
#ifndef TACET_DAEMON_SPSC_RING_H_
#define TACET_DAEMON_SPSC_RING_H_

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/realtime.h"

namespace tacet {

// First in, first out, one writer and one reader. Both positions count all
// samples since the start, so that full and empty differ, and each is written
// by one thread alone: no loop, no lock, wait-free on both sides.
//   w - r = fill, 0..capacity; sample i lies at i mod capacity
// A release store of a position publishes the samples (or the room) before it
// to the acquire load on the other side.
class SpscRing {
 public:
  // capacity >= 1, in samples.  Realtime-safe: no.
  explicit SpscRing(int capacity);

  int capacity() const noexcept TACET_REALTIME {
    return static_cast<int>(samples_.size());
  }

  // Appends all of the samples, or none and says false if they do not fit.
  // Thread: the writer.  Realtime-safe: yes.
  bool Write(std::span<const float> samples) noexcept TACET_REALTIME;

  // Takes the oldest samples, or none and says false if there are fewer.
  // Thread: the reader.  Realtime-safe: yes.
  bool Read(std::span<float> samples) noexcept TACET_REALTIME;

  // Drops the oldest samples, at most count; says how many.
  // Thread: the reader.  Realtime-safe: yes.
  int Skip(int count) noexcept TACET_REALTIME;

  // Samples that may be read. Seen by the reader, there may be more by now; by
  // the writer, fewer; by others, it is a moment's value in 0..capacity.
  // Thread: any.  Realtime-safe: yes.
  int fill() const noexcept TACET_REALTIME;

  // The positions: samples since the start.
  // Thread: the writer, or the reader.  Realtime-safe: yes.
  int64_t num_written() const noexcept TACET_REALTIME {
    return static_cast<int64_t>(written_.load(std::memory_order_relaxed));
  }
  int64_t num_read() const noexcept TACET_REALTIME {
    return static_cast<int64_t>(read_.load(std::memory_order_relaxed));
  }

 private:
  // On cache lines of their own: each is written on another processor.
  alignas(64) std::atomic<uint64_t> written_ = 0;  // by the writer
  alignas(64) std::atomic<uint64_t> read_ = 0;     // by the reader
  alignas(64) std::vector<float> samples_;
};

}  // namespace tacet

#endif  // TACET_DAEMON_SPSC_RING_H_
