// SPDX-License-Identifier: Apache-2.0
#include "daemon/histogram.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace tacet {
namespace {

constexpr int kFirstOctave = 7;  // 128 ns

// 2^(1/2) in units of 2^-31, rounded down.
constexpr uint64_t kRootTwo = 3037000499;

constexpr std::array<int64_t, kHistogramBuckets> MakeUpperBounds() {
  std::array<int64_t, kHistogramBuckets> bounds{};
  for (int b = 0; b < kHistogramBuckets; ++b) {
    // 2^7 2^((b + 1) / 2); an odd power takes the root from fixed point.
    const int half_octaves = 2 * kFirstOctave + b + 1;
    const int octave = half_octaves / 2;
    bounds[b] =
        half_octaves % 2 == 0
            ? int64_t{1} << octave
            : static_cast<int64_t>(octave <= 31 ? kRootTwo >> (31 - octave)
                                                : kRootTwo << (octave - 31));
  }
  return bounds;
}

constexpr std::array<int64_t, kHistogramBuckets> kUpperBounds =
    MakeUpperBounds();

// Only the recording thread writes, so that no read-modify-write is needed.
template <typename T>
void Add(std::atomic<T>& value, T increment) {
  value.store(value.load(std::memory_order_relaxed) + increment,
              std::memory_order_relaxed);
}

}  // namespace

uint64_t HistogramSnapshot::num_samples() const {
  uint64_t sum = 0;
  for (const uint64_t count : counts) sum += count;
  return sum;
}

double HistogramSnapshot::mean_ns() const {
  const uint64_t num = num_samples();
  return num == 0 ? 0.0
                  : static_cast<double>(sum_ns) / static_cast<double>(num);
}

double HistogramSnapshot::QuantileNs(double q) const {
  const double target =
      std::clamp(q, 0.0, 1.0) * static_cast<double>(num_samples());
  double below = 0.0;
  for (int b = 0; b < kHistogramBuckets; ++b) {
    if (counts[b] == 0) continue;
    const double count = static_cast<double>(counts[b]);
    if (below + count >= target) {
      const double lower =
          b == 0 ? 0.0 : static_cast<double>(kUpperBounds[b - 1]);
      const double upper = std::min(static_cast<double>(kUpperBounds[b]),
                                    static_cast<double>(max_ns));
      const double share = (target - below) / count;
      return std::min(lower + share * std::max(upper - lower, 0.0),
                      static_cast<double>(max_ns));
    }
    below += count;
  }
  return num_samples() == 0 ? 0.0 : static_cast<double>(max_ns);
}

void Histogram::Record(int64_t duration_ns) noexcept {
  const uint32_t num_resets = num_resets_.load(std::memory_order_relaxed);
  if (num_resets != num_cleared_.load(std::memory_order_relaxed)) {
    Clear();
    // Who sees this sees the zeros.
    num_cleared_.store(num_resets, std::memory_order_release);
  }
  const int64_t duration = std::max<int64_t>(duration_ns, 0);
  Add<uint64_t>(counts_[BucketOf(duration)], 1);
  Add<int64_t>(sum_ns_, duration);
  if (duration > max_ns_.load(std::memory_order_relaxed)) {
    max_ns_.store(duration, std::memory_order_relaxed);
  }
}

HistogramSnapshot Histogram::Snapshot() const {
  HistogramSnapshot snapshot;
  if (num_cleared_.load(std::memory_order_acquire) !=
      num_resets_.load(std::memory_order_relaxed)) {
    return snapshot;
  }
  for (int b = 0; b < kHistogramBuckets; ++b) {
    snapshot.counts[b] = counts_[b].load(std::memory_order_relaxed);
  }
  snapshot.sum_ns = sum_ns_.load(std::memory_order_relaxed);
  snapshot.max_ns = max_ns_.load(std::memory_order_relaxed);
  return snapshot;
}

void Histogram::Reset() noexcept {
  num_resets_.store(num_resets_.load(std::memory_order_relaxed) + 1,
                    std::memory_order_relaxed);
}

void Histogram::Clear() noexcept {
  for (std::atomic<uint64_t>& count : counts_) {
    count.store(0, std::memory_order_relaxed);
  }
  sum_ns_.store(0, std::memory_order_relaxed);
  max_ns_.store(0, std::memory_order_relaxed);
}

int64_t Histogram::UpperBoundNs(int bucket) noexcept {
  assert(bucket >= 0 && bucket < kHistogramBuckets);
  return kUpperBounds[bucket];
}

int Histogram::BucketOf(int64_t duration_ns) noexcept {
  if (duration_ns <= kUpperBounds[0]) return 0;
  // The octave below, and then at most two steps up.
  const int octave = std::bit_width(static_cast<uint64_t>(duration_ns)) - 1;
  int bucket = std::max(2 * (octave - kFirstOctave) - 1, 0);
  while (bucket < kHistogramBuckets - 1 && duration_ns > kUpperBounds[bucket]) {
    ++bucket;
  }
  return std::min(bucket, kHistogramBuckets - 1);
}

}  // namespace tacet
