// SPDX-License-Identifier: Apache-2.0
#include "daemon/histogram.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <thread>

#include "gtest/gtest.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

TEST(Histogram, BucketsAreHalfOctaves) {
  for (int b = 0; b < kHistogramBuckets; ++b) {
    const double expected = 128.0 * std::exp2((b + 1) / 2.0);
    EXPECT_NEAR(Histogram::UpperBoundNs(b), expected, 1.0 + 1e-9 * expected)
        << b;
  }
}

TEST(Histogram, BucketHoldsItsUpperBoundAndNotTheNext) {
  for (int b = 0; b < kHistogramBuckets; ++b) {
    EXPECT_EQ(Histogram::BucketOf(Histogram::UpperBoundNs(b)), b);
    EXPECT_EQ(Histogram::BucketOf(Histogram::UpperBoundNs(b) + 1),
              std::min(b + 1, kHistogramBuckets - 1));
  }
}

TEST(Histogram, ExtremesLieInTheOuterBuckets) {
  EXPECT_EQ(Histogram::BucketOf(0), 0);
  EXPECT_EQ(Histogram::BucketOf(INT64_MAX), kHistogramBuckets - 1);
  Histogram histogram;
  histogram.Record(-5);
  const HistogramSnapshot snapshot = histogram.Snapshot();
  EXPECT_EQ(snapshot.counts[0], 1u);
  EXPECT_EQ(snapshot.sum_ns, 0);
}

TEST(Histogram, QuantilesOfUniformDurationsAreWithinABucket) {
  Histogram histogram;
  for (int i = 1; i <= 100000; ++i) histogram.Record(i * 100);  // to 10 ms
  const HistogramSnapshot snapshot = histogram.Snapshot();
  EXPECT_EQ(snapshot.num_samples(), 100000u);
  EXPECT_EQ(snapshot.max_ns, 10000000);
  EXPECT_NEAR(snapshot.mean_ns(), 5000050.0, 1.0);
  // Linear inside a bucket is exact for a uniform distribution.
  for (const double q : {0.5, 0.9, 0.99, 0.999, 1.0}) {
    EXPECT_NEAR(snapshot.QuantileNs(q), q * 1e7, 1e4) << q;
  }
}

TEST(Histogram, QuantilesNeverExceedTheMaximum) {
  Histogram histogram;
  histogram.Record(1000);
  const HistogramSnapshot snapshot = histogram.Snapshot();
  EXPECT_LE(snapshot.QuantileNs(0.999), 1000.0);
  EXPECT_EQ(snapshot.QuantileNs(1.0), 1000.0);
}

TEST(Histogram, IsEmptyAtFirstAndAfterReset) {
  Histogram histogram;
  EXPECT_EQ(histogram.Snapshot(), HistogramSnapshot());
  EXPECT_EQ(histogram.Snapshot().QuantileNs(0.5), 0.0);
  histogram.Record(12345);
  EXPECT_NE(histogram.Snapshot(), HistogramSnapshot());
  histogram.Reset();
  EXPECT_EQ(histogram.Snapshot(), HistogramSnapshot());
}

// A store of zero that came between the recording thread's load and its store
// would bring back all that was counted before. With two processors that shows
// within a few rounds.
TEST(Histogram, ResetForgetsWhileAnotherThreadRecords) {
  // Many at a time: an interrupt comes where the processor waits, which would
  // else be at num_recorded.
  constexpr uint64_t kBatch = 256;
  Histogram histogram;
  std::atomic<uint64_t> num_recorded = 0;
  std::atomic<bool> ends = false;
  std::thread recorder([&] {
    while (!ends) {
      for (uint64_t i = 0; i < kBatch; ++i) histogram.Record(1000);
      num_recorded += kBatch;
    }
  });
  for (int i = 0; i < 200 && !HasFailure(); ++i) {
    const uint64_t before = num_recorded;
    histogram.Reset();
    while (num_recorded < before + 3 * kBatch) std::this_thread::yield();
    const uint64_t counted = histogram.Snapshot().num_samples();
    // Some may be counted that num_recorded does not hold yet.
    EXPECT_LE(counted, num_recorded - before + kBatch) << i;
  }
  ends = true;
  recorder.join();
}

TEST(Histogram, RecordIsRealtimeSafe) {
  Histogram histogram;
  histogram.Reset();
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&histogram] {
    for (int i = 0; i < 1000; ++i) histogram.Record(i * 997);
  });
  EXPECT_EQ(counts.total(), 0);
  EXPECT_EQ(histogram.Snapshot().num_samples(), 1000u);
}

}  // namespace
}  // namespace tacet
