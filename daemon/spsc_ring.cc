// SPDX-License-Identifier: Apache-2.0
#include "daemon/spsc_ring.h"

#include <algorithm>
#include <cassert>

namespace tacet {

SpscRing::SpscRing(int capacity) : samples_(static_cast<size_t>(capacity)) {
  assert(capacity >= 1);
}

bool SpscRing::Write(std::span<const float> samples) noexcept {
  const uint64_t written = written_.load(std::memory_order_relaxed);
  const uint64_t fill = written - read_.load(std::memory_order_acquire);
  if (samples.size() > samples_.size() - fill) return false;
  const size_t begin = written % samples_.size();
  const size_t first = std::min(samples.size(), samples_.size() - begin);
  std::copy_n(samples.begin(), first, samples_.begin() + begin);
  std::copy_n(samples.begin() + first, samples.size() - first,
              samples_.begin());
  written_.store(written + samples.size(), std::memory_order_release);
  return true;
}

bool SpscRing::Read(std::span<float> samples) noexcept {
  const uint64_t read = read_.load(std::memory_order_relaxed);
  const uint64_t fill = written_.load(std::memory_order_acquire) - read;
  if (samples.size() > fill) return false;
  const size_t begin = read % samples_.size();
  const size_t first = std::min(samples.size(), samples_.size() - begin);
  std::copy_n(samples_.begin() + begin, first, samples.begin());
  std::copy_n(samples_.begin(), samples.size() - first,
              samples.begin() + first);
  read_.store(read + samples.size(), std::memory_order_release);
  return true;
}

int SpscRing::Skip(int count) noexcept {
  const int skipped = std::clamp(count, 0, fill());
  read_.store(read_.load(std::memory_order_relaxed) + skipped,
              std::memory_order_release);
  return skipped;
}

int SpscRing::fill() const noexcept {
  // The reader's position first: it never passes the writer's.
  const uint64_t read = read_.load(std::memory_order_acquire);
  const uint64_t written = written_.load(std::memory_order_acquire);
  return static_cast<int>(std::min<uint64_t>(written - read, samples_.size()));
}

}  // namespace tacet
