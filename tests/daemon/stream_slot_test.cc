// SPDX-License-Identifier: Apache-2.0
#include "daemon/stream_slot.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <complex>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/model/engine_support.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

constexpr int kRateHz = 48000;
constexpr int kPeriod = 256;

std::unique_ptr<Stream> MakeStream(int rate_hz = kRateHz,
                                   WindowKind window = WindowKind::kSqrtHann,
                                   std::complex<float> mask = 1.0f) {
  StreamParams params;
  params.sample_rate_hz = rate_hz;
  absl::StatusOr<std::unique_ptr<Stream>> stream =
      Stream::Create(UnitSource(window, mask), params);
  EXPECT_TRUE(stream.ok()) << stream.status();
  return *std::move(stream);
}

// Steps from sample to sample after the engine's latency, compared with the
// signal's own.
TEST(StreamSlot, ThousandSwapsUnderASineNeitherClickNorShift) {
  PathCounters counters;
  StreamSlot slot(MakeStream(), &counters, nullptr);
  const int latency = slot.latency_samples();
  int num_offers = 0;
  double worst = 0.0;
  int64_t position = 0;
  const auto tone = [](int64_t n) {
    return n < 0 ? 0.0 : 0.5 * std::sin(2.0 * M_PI * 440.0 * n / kRateHz);
  };
  std::vector<float> block(kPeriod);
  while (counters.num_swaps.value() < 1000) {
    slot.Collect();
    if (!slot.is_swapping() && num_offers < 1000) {
      ASSERT_TRUE(slot.Offer(MakeStream()).ok());
      ++num_offers;
    }
    for (int i = 0; i < kPeriod; ++i) block[i] = tone(position + i);
    const float* const in[] = {block.data()};
    float* const out[] = {block.data()};
    slot.Process(in, out, kPeriod);
    for (int i = 0; i < kPeriod; ++i) {
      const int64_t n = position + i - latency;
      if (n < 2048) continue;
      worst = std::max(worst, std::abs(block[i] - tone(n)));
    }
    position += kPeriod;
  }
  EXPECT_EQ(num_offers, 1000);
  EXPECT_LT(worst, 1e-5);
}

TEST(StreamSlot, CrossfadesToAnotherGainWithoutAStep) {
  PathCounters counters;
  StreamSlot slot(MakeStream(), &counters, nullptr);
  ASSERT_TRUE(
      slot.Offer(MakeStream(kRateHz, WindowKind::kSqrtHann, 0.25f)).ok());
  const std::vector<float> in = Sine(kRateHz, 440, kRateHz, 0.5);
  std::vector<float> out(in.size());
  for (size_t done = 0; done + kPeriod <= in.size(); done += kPeriod) {
    const float* const from[] = {in.data() + done};
    float* const to[] = {out.data() + done};
    slot.Process(from, to, kPeriod);
  }
  EXPECT_EQ(counters.num_swaps.value(), 1);
  const std::span<float> end = std::span(out).subspan(40000, 4800);
  EXPECT_NEAR(*std::max_element(end.begin(), end.end()), 0.125, 1e-3);
  // Second differences: those of the sine are 0.0017.
  const std::span<float> settled = std::span(out).subspan(4000, 40000);
  EXPECT_LT(MaxSecondDifference(settled), 0.0018);
}

TEST(StreamSlot, StrengthSetBeforeAnOfferBeginsHoldsForItToo) {
  PathCounters counters;
  StreamSlot slot(MakeStream(kRateHz, WindowKind::kSqrtHann, 0.0f), &counters,
                  nullptr);
  ASSERT_TRUE(
      slot.Offer(MakeStream(kRateHz, WindowKind::kSqrtHann, 0.0f)).ok());
  slot.SetStrength({.attenuation_limit_db = 20.0f});
  std::vector<float> block;
  for (int i = 0; i < 100; ++i) {
    block = Sine(kPeriod, 440, kRateHz, 0.5);
    const float* const in[] = {block.data()};
    float* const out[] = {block.data()};
    slot.Process(in, out, kPeriod);
  }
  EXPECT_EQ(counters.num_swaps.value(), 1);
  // A tenth, not nothing. The latency is six whole periods.
  const double whole = Energy(Sine(kPeriod, 440, kRateHz, 0.5));
  EXPECT_NEAR(Energy(block), 0.01 * whole, 1e-4 * whole);
}

TEST(StreamSlot, RefusesAnotherLatencyOrRate) {
  PathCounters counters;
  StreamSlot slot(MakeStream(), &counters, nullptr);
  for (absl::Status status :
       {slot.Offer(MakeStream(kRateHz, WindowKind::kLowLatency)),
        slot.Offer(MakeStream(16000))}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  }
  EXPECT_FALSE(slot.is_swapping());
}

TEST(StreamSlot, ALaterOfferReplacesOneThatHasNotBegun) {
  PathCounters counters;
  StreamSlot slot(MakeStream(), &counters, nullptr);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(slot.Offer(MakeStream()).ok());
  std::vector<float> block(kPeriod);
  const float* const in[] = {block.data()};
  float* const out[] = {block.data()};
  for (int i = 0; i < 100; ++i) {
    slot.Process(in, out, kPeriod);
    slot.Collect();
  }
  EXPECT_EQ(counters.num_swaps.value(), 1);
  EXPECT_FALSE(slot.is_swapping());
}

TEST(StreamSlot, OffersFromAnotherThreadAllArriveOrAreReplaced) {
  PathCounters counters;
  StreamSlot slot(MakeStream(), &counters, nullptr);
  std::atomic<bool> quit = false;
  std::thread audio([&] {
    std::vector<float> block(4096);
    const float* const in[] = {block.data()};
    float* const out[] = {block.data()};
    while (!quit) slot.Process(in, out, 4096);
  });
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(slot.Offer(MakeStream()).ok());
    std::this_thread::yield();
  }
  while (slot.is_swapping()) slot.Collect();
  quit = true;
  audio.join();
  EXPECT_GE(counters.num_swaps.value(), 1);
}

TEST(StreamSlot, IsRealtimeSafeDuringASwap) {
  PathCounters counters;
  StreamSlot slot(MakeStream(), &counters, nullptr);
  ASSERT_TRUE(slot.Offer(MakeStream()).ok());
  std::vector<float> block(kPeriod);
  const float* const in[] = {block.data()};
  float* const out[] = {block.data()};
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    for (int i = 0; i < 100; ++i) slot.Process(in, out, kPeriod);
  });
  EXPECT_EQ(counts.total(), 0);
  EXPECT_EQ(counters.num_swaps.value(), 1);
}

}  // namespace
}  // namespace tacet
