// SPDX-License-Identifier: Apache-2.0
// Durations on the audio thread, counted in logarithmic buckets.
#ifndef TACET_DAEMON_HISTOGRAM_H_
#define TACET_DAEMON_HISTOGRAM_H_

#include <array>
#include <atomic>
#include <cstdint>

#include "dsp/realtime.h"

namespace tacet {

inline constexpr int kHistogramBuckets = 64;

// A histogram at one moment.
struct HistogramSnapshot {
  std::array<uint64_t, kHistogramBuckets> counts{};
  int64_t sum_ns = 0;
  int64_t max_ns = 0;

  uint64_t num_samples() const;
  double mean_ns() const;  // 0 without samples

  // The duration that a share q of the samples does not exceed: linear inside
  // the bucket where the cumulated count reaches q num_samples(), and never
  // above max_ns. So off by less than the bucket's width, 41 %.
  //   q  0..1;  0 without samples
  double QuantileNs(double q) const;

  friend bool operator==(const HistogramSnapshot&,
                         const HistogramSnapshot&) = default;
};

// Counts durations. Bucket b holds UpperBoundNs(b - 1) < t <= UpperBoundNs(b),
// two buckets an octave: UpperBoundNs(b) = 128 ns 2^((b + 1) / 2), so 181 ns
// .. 550 s; shorter ones lie in the first, longer ones in the last bucket.
//   Thread: Record by one thread (audio), Reset and Snapshot by one other. A
//   snapshot taken meanwhile may miss the newest samples but never shows wrong
//   ones.
class Histogram {
 public:
  // Negative durations count as 0.  Realtime-safe: yes (wait-free).
  void Record(int64_t duration_ns) noexcept TACET_REALTIME;

  HistogramSnapshot Snapshot() const;

  // Starts anew: the next Record clears what is there, since a store of zero
  // from here could come between its load and its store. What is recorded at
  // the same moment may be lost.
  // Realtime-safe: yes.
  void Reset() noexcept TACET_REALTIME;

  // Inclusive upper bound of a bucket 0..kHistogramBuckets - 1.
  static int64_t UpperBoundNs(int bucket) noexcept TACET_REALTIME;
  static int BucketOf(int64_t duration_ns) noexcept TACET_REALTIME;

 private:
  void Clear() noexcept TACET_REALTIME;

  std::array<std::atomic<uint64_t>, kHistogramBuckets> counts_{};
  std::atomic<int64_t> sum_ns_ = 0;
  std::atomic<int64_t> max_ns_ = 0;
  std::atomic<uint32_t> num_resets_ = 0;   // asked for
  std::atomic<uint32_t> num_cleared_ = 0;  // of them, done by Record
};

}  // namespace tacet

#endif  // TACET_DAEMON_HISTOGRAM_H_
