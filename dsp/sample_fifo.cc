// SPDX-License-Identifier: Apache-2.0
#include "dsp/sample_fifo.h"

#include <algorithm>
#include <cassert>

namespace tacet {

SampleFifo::SampleFifo(int capacity) : ring_(capacity) {
  assert(capacity >= 1);
}

void SampleFifo::Write(std::span<const float> samples) noexcept {
  const int count = static_cast<int>(samples.size());
  assert(count <= capacity() - size_);
  const int end = (begin_ + size_) % capacity();
  const int before_wrap = std::min(count, capacity() - end);
  std::copy_n(samples.begin(), before_wrap, ring_.begin() + end);
  std::copy(samples.begin() + before_wrap, samples.end(), ring_.begin());
  size_ += count;
}

void SampleFifo::Read(std::span<float> samples) noexcept {
  const int count = static_cast<int>(samples.size());
  assert(count <= size_);
  const int before_wrap = std::min(count, capacity() - begin_);
  std::copy_n(ring_.begin() + begin_, before_wrap, samples.begin());
  std::copy_n(ring_.begin(), count - before_wrap,
              samples.begin() + before_wrap);
  begin_ = (begin_ + count) % capacity();
  size_ -= count;
}

void SampleFifo::Reset() noexcept {
  begin_ = 0;
  size_ = 0;
}

}  // namespace tacet
