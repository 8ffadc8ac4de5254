// SPDX-License-Identifier: Apache-2.0
// A queue of samples for one thread.
#ifndef TACET_DSP_SAMPLE_FIFO_H_
#define TACET_DSP_SAMPLE_FIFO_H_

#include <span>
#include <vector>

#include "dsp/realtime.h"

namespace tacet {

// First in, first out, of fixed capacity. It keeps the few samples by which a
// conversion there and back is ahead of its input (dsp/resampler.h), so that n
// samples in give n samples out.
//   State: the queued samples; Reset() clears them.
class SampleFifo {
 public:
  // capacity >= 1, in samples.  Realtime-safe: no.
  explicit SampleFifo(int capacity);

  int size() const noexcept TACET_REALTIME { return size_; }
  int capacity() const noexcept TACET_REALTIME {
    return static_cast<int>(ring_.size());
  }

  // Appends samples [0..capacity() - size()].
  // Thread: one at a time.  Realtime-safe: yes.
  void Write(std::span<const float> samples) noexcept TACET_REALTIME;

  // Removes the oldest samples [0..size()].
  // Thread: one at a time.  Realtime-safe: yes.
  void Read(std::span<float> samples) noexcept TACET_REALTIME;

  // Thread: as Write.  Realtime-safe: yes.
  void Reset() noexcept TACET_REALTIME;

 private:
  std::vector<float> ring_;
  int begin_ = 0;  // 0..capacity - 1, the oldest sample
  int size_ = 0;   // 0..capacity
};

}  // namespace tacet

#endif  // TACET_DSP_SAMPLE_FIFO_H_
