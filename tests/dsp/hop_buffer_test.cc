// SPDX-License-Identifier: Apache-2.0
#include "dsp/hop_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <complex>
#include <vector>

#include "dsp/stft.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

constexpr int kHop = 128;

// Passes x through the buffer in chunks of the given sizes, in turn, with hops
// copied unchanged.
std::vector<float> Copy(HopBuffer& buffer, const std::vector<float>& x,
                        const std::vector<int>& chunks) {
  std::vector<float> y(x.size());
  size_t n = 0;
  size_t next_chunk = 0;
  while (n < x.size()) {
    size_t left =
        std::min<size_t>(chunks[next_chunk++ % chunks.size()], x.size() - n);
    while (left > 0) {
      const size_t count = std::min<size_t>(left, buffer.room());
      if (buffer.Exchange(std::span(x).subspan(n, count),
                          std::span(y).subspan(n, count))) {
        std::copy(buffer.input_hop().begin(), buffer.input_hop().end(),
                  buffer.output_hop().begin());
      }
      n += count;
      left -= count;
    }
  }
  return y;
}

TEST(HopBuffer, DelaysByExactlyOneHop) {
  HopBuffer buffer(kHop);
  const std::vector<float> x = WhiteNoise(1000, 1, 1.0f);
  const std::vector<float> y = Copy(buffer, x, {1000});
  for (int n = 0; n < kHop; ++n) ASSERT_EQ(y[n], 0.0f);
  for (int n = kHop; n < 1000; ++n) ASSERT_EQ(y[n], x[n - kHop]);
}

TEST(HopBuffer, ChunkSizeDoesNotChangeOutput) {
  const std::vector<float> x = WhiteNoise(5000, 2, 1.0f);
  HopBuffer whole(kHop);
  const std::vector<float> expected = Copy(whole, x, {5000});
  for (const std::vector<int>& chunks : std::vector<std::vector<int>>{
           {1}, {7, 1, 300}, {128}, {127, 129}, {480}, {64}}) {
    HopBuffer buffer(kHop);
    EXPECT_EQ(Copy(buffer, x, chunks), expected);
  }
}

TEST(HopBuffer, ExchangesInPlace) {
  HopBuffer buffer(kHop);
  std::vector<float> x = WhiteNoise(kHop, 3, 1.0f);
  const std::vector<float> original = x;
  EXPECT_TRUE(buffer.Exchange(x, x));
  EXPECT_EQ(x, std::vector<float>(kHop, 0.0f));
  EXPECT_TRUE(
      std::equal(original.begin(), original.end(), buffer.input_hop().begin()));
}

TEST(HopBuffer, TellsWhenAHopIsComplete) {
  HopBuffer buffer(4);
  std::vector<float> x(4, 1.0f);
  EXPECT_EQ(buffer.room(), 4);
  EXPECT_FALSE(buffer.Exchange(std::span(x).first(3), std::span(x).first(3)));
  EXPECT_EQ(buffer.room(), 1);
  EXPECT_TRUE(buffer.Exchange(std::span(x).first(1), std::span(x).first(1)));
  EXPECT_EQ(buffer.room(), 4);
}

TEST(HopBuffer, WithTheStftTheLatencyIsTheSynthesisWindow) {
  for (int rate : {16000, 48000}) {
    for (WindowKind kind : {WindowKind::kSqrtHann, WindowKind::kBoxcar,
                            WindowKind::kLowLatency}) {
      const FrontEnd front_end = FrontEnd::Create(kind, rate).value();
      auto analysis = StftAnalysis::Create(front_end).value();
      auto synthesis = StftSynthesis::Create(front_end).value();
      std::vector<std::complex<float>> spectrum(front_end.num_bins);
      HopBuffer buffer(front_end.hop_size);
      const std::vector<float> x = WhiteNoise(10007, 4, 0.1f);
      std::vector<float> y(x.size());
      for (size_t n = 0; n < x.size(); ++n) {
        if (buffer.Exchange(std::span(x).subspan(n, 1),
                            std::span(y).subspan(n, 1))) {
          analysis->Push(buffer.input_hop(), spectrum);
          synthesis->Push(spectrum, buffer.output_hop());
        }
      }
      const size_t latency = front_end.latency_samples;
      EXPECT_LT(ErrorDb(std::span(x).first(x.size() - latency),
                        std::span(y).subspan(latency)),
                -120.0)
          << WindowKindName(kind) << " at " << rate;
    }
  }
}

TEST(HopBuffer, ResetForgetsEverything) {
  HopBuffer buffer(kHop);
  const std::vector<float> x = WhiteNoise(1000, 5, 1.0f);
  const std::vector<float> first = Copy(buffer, x, {1000});
  EXPECT_NE(Copy(buffer, x, {1000}), first);
  buffer.Reset();
  EXPECT_EQ(Copy(buffer, x, {1000}), first);
}

TEST(HopBuffer, ProcessIsRealtimeSafe) {
  HopBuffer buffer(kHop);
  std::vector<float> x(kHop, 1.0f);
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    buffer.Exchange(x, x);
    buffer.Exchange(x, x);
    buffer.Reset();
  });
  EXPECT_EQ(counts.total(), 0);
}

}  // namespace
}  // namespace tacet
