// SPDX-License-Identifier: Apache-2.0
#include "model/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "tests/model/engine_support.h"
#include "tests/model/make_model.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

StreamParams Params(int rate_hz, int channels = 1) {
  StreamParams params;
  params.sample_rate_hz = rate_hz;
  params.num_channels = channels;
  return params;
}

std::unique_ptr<Stream> MakeStream(const EstimatorSource& source,
                                   const StreamParams& params) {
  auto stream = Stream::Create(source, params);
  EXPECT_TRUE(stream.ok()) << stream.status();
  return *std::move(stream);
}

std::unique_ptr<Stream> RandomStream(const StreamParams& params) {
  return MakeStream(FloatEstimators(MakeModel({})), params);
}

TEST(Stream, RefusesRatesAndChannelsOutOfRange) {
  for (int rate_hz : {-1, 0, 999, 384001}) {
    EXPECT_FALSE(Stream::Create(UnitSource(), Params(rate_hz)).ok()) << rate_hz;
  }
  EXPECT_TRUE(Stream::Create(UnitSource(), Params(1000)).ok());
  EXPECT_TRUE(Stream::Create(UnitSource(), Params(384000)).ok());
  EXPECT_FALSE(Stream::Create(UnitSource(), Params(16000, 0)).ok());
  EXPECT_TRUE(Stream::Create(UnitSource(), Params(16000, 32)).ok());
  EXPECT_FALSE(Stream::Create(UnitSource(), Params(16000, 33)).ok());
}

TEST(Stream, RefusesAModelOfAnotherWindow) {
  StreamParams params = Params(16000);
  params.window = WindowKind::kLowLatency;
  EXPECT_FALSE(Stream::Create(UnitSource(), params).ok());
  EXPECT_TRUE(Stream::Create(UnitSource(WindowKind::kLowLatency), params).ok());
}

TEST(Stream, RunsAt16kHzUpToThereAndElseAt48) {
  EXPECT_EQ(RandomStream(Params(8000))->front_end().sample_rate_hz, 16000);
  EXPECT_EQ(RandomStream(Params(16000))->front_end().sample_rate_hz, 16000);
  EXPECT_EQ(RandomStream(Params(16001))->front_end().sample_rate_hz, 48000);
  EXPECT_EQ(RandomStream(Params(96000))->front_end().sample_rate_hz, 48000);
}

TEST(Stream, ChunkSizeDoesNotChangeOutput) {
  std::mt19937 random(1);
  std::vector<int> sizes(200);
  for (int& size : sizes) size = static_cast<int>(random() % 3000) + 1;
  for (int rate_hz : {8000, 16000, 22050, 44100, 48000, 96000}) {
    const int num_samples = rate_hz / 2 + 17;
    const std::vector<Signal> x = {WhiteNoise(num_samples, 2, 0.1f),
                                   WhiteNoise(num_samples, 3, 0.1f)};
    const auto reference = RandomStream(Params(rate_hz, 2));
    const auto expected = RunStream(reference.get(), x, {num_samples});
    ASSERT_TRUE(AllFinite(expected));
    for (const std::vector<int>& chunks :
         {std::vector<int>{1}, {7}, {128}, {1000}, sizes}) {
      const auto stream = RandomStream(Params(rate_hz, 2));
      EXPECT_EQ(RunStream(stream.get(), x, chunks), expected)
          << rate_hz << " Hz, chunks of " << chunks[0];
      EXPECT_EQ(stream->counters(), reference->counters());
    }
  }
}

TEST(Stream, LatencyIsExactAtTheEnginesRates) {
  for (WindowKind window :
       {WindowKind::kSqrtHann, WindowKind::kBoxcar, WindowKind::kLowLatency}) {
    for (int rate_hz : {16000, 48000}) {
      const auto stream = MakeStream(UnitSource(window), Params(rate_hz));
      const int window_size = rate_hz * 32 / 1000;
      EXPECT_EQ(stream->latency_samples(), window == WindowKind::kLowLatency
                                               ? window_size / 2
                                               : window_size);
      for (int place : {0, 1, 1000, 1023, 1024, 1025}) {
        stream->Reset();
        Signal impulse(8192, 0.0f);
        impulse[place] = 1.0f;
        const Signal y = RunStream(stream.get(), {impulse}, {100})[0];
        EXPECT_LT(DelayedErrorDb(impulse, y, stream->latency_samples()), -110.0)
            << WindowKindName(window) << " at " << rate_hz << ", " << place;
      }
    }
  }
}

TEST(Stream, LatencyIsWithinHalfASampleAtOtherRates) {
  for (WindowKind window : {WindowKind::kSqrtHann, WindowKind::kLowLatency}) {
    for (int rate_hz :
         {1000, 8000, 11025, 22050, 32000, 44100, 96000, 192000, 384000}) {
      const auto stream = MakeStream(UnitSource(window), Params(rate_hz));
      const double cutoff_hz = 0.3 * std::min(rate_hz, 48000);
      const Signal pulse = BandLimitedPulse(rate_hz, rate_hz / 4, cutoff_hz,
                                            rate_hz, rate_hz / 20.0);
      const Signal y = RunStream(stream.get(), {pulse}, {480})[0];
      EXPECT_NEAR(PulseCentre(y) - PulseCentre(pulse),
                  stream->latency_samples(), 0.5)
          << rate_hz;
      EXPECT_NEAR(Energy(y) / Energy(pulse), 1.0, 0.01) << rate_hz;
    }
  }
}

TEST(Stream, GivesAsManySamplesAsItTakes) {
  for (int rate_hz :
       {1000, 7919, 8000, 16000, 44100, 47999, 48000, 192000, 383981}) {
    const auto stream = MakeStream(UnitSource(), Params(rate_hz));
    const Signal x = WhiteNoise(20000, 4, 0.1f);
    // Unwritten output is NaN.
    EXPECT_TRUE(AllFinite(RunStream(stream.get(), {x}, {1, 2, 3, 499})))
        << rate_hz;
    EXPECT_EQ(stream->counters().num_frames, 20000);
  }
}

TEST(Stream, WorksInPlaceAndWithNoSamples) {
  for (int rate_hz : {16000, 44100}) {
    const Signal x = WhiteNoise(5000, 5, 0.1f);
    const auto expected =
        RunStream(RandomStream(Params(rate_hz)).get(), {x}, {5000});
    const auto stream = RandomStream(Params(rate_hz));
    Signal y = x;
    const std::vector<const float*> in = {y.data()};
    const std::vector<float*> out = {y.data()};
    stream->Process(in, out, 0);
    EXPECT_EQ(y, x);
    stream->Process(in, out, 5000);
    EXPECT_EQ(y, expected[0]);
  }
}

TEST(Stream, MixLiesBetweenBypassAndDenoised) {
  for (int rate_hz : {16000, 44100}) {
    const std::vector<Signal> x = {WhiteNoise(20000, 6, 0.1f)};
    const auto mixed = [&x, rate_hz](float wet) {
      const auto stream = RandomStream(Params(rate_hz));
      stream->SetMix(wet);
      stream->Reset();
      return RunStream(stream.get(), x, {500})[0];
    };
    const Signal wet = mixed(1.0f);
    const Signal dry = mixed(0.0f);
    const Signal actual = mixed(0.25f);
    Signal expected;
    for (size_t i = 0; i < wet.size(); ++i) {
      expected.push_back(0.25f * wet[i] + 0.75f * dry[i]);
    }
    EXPECT_LT(ErrorDb(expected, actual), -110.0) << rate_hz;
    EXPECT_GT(ErrorDb(dry, actual), -40.0) << "the mask does something";
  }
}

TEST(Stream, BypassOnlyDelays) {
  StreamParams params = Params(48000, 2);
  params.bypass = true;
  const auto stream = RandomStream(params);
  const std::vector<Signal> x = {WhiteNoise(48000, 6, 0.1f),
                                 WhiteNoise(48000, 7, 0.1f)};
  const auto y = RunStream(stream.get(), x, {1000});
  for (int c : {0, 1}) {
    EXPECT_LT(DelayedErrorDb(x[c], y[c], stream->latency_samples()), -110.0);
  }
}

TEST(Stream, CountsEachNonFiniteSampleOnce) {
  for (int rate_hz : {8000, 16000, 48000}) {
    const auto stream = MakeStream(UnitSource(), Params(rate_hz, 2));
    Signal x(10000, 0.0f);
    x[3] = x[9000] = std::numeric_limits<float>::quiet_NaN();
    RunStream(stream.get(), {x, Signal(10000, 0.0f)}, {999});
    EXPECT_EQ(stream->counters().num_non_finite_samples, 2) << rate_hz;
  }
}

// A sine through a mask of 0.1 while strength and bypass change: a jump of the
// gain would show as a second difference near 0.9, the sine's own is 0.006.
TEST(Stream, ChangingTheStrengthDoesNotClickNorMoveTheSignal) {
  const int rate_hz = 16000;
  const Signal x = Sine(4 * rate_hz, 200.0, rate_hz, 1.0);
  const auto make = [&] {
    return MakeStream(UnitSource(WindowKind::kSqrtHann, 0.1f), Params(rate_hz));
  };
  const auto steady = make();
  steady->SetBypass(true);
  const Signal dry = RunStream(steady.get(), {x}, {160})[0];
  const auto stream = make();
  const int latency = stream->latency_samples();
  Signal y;
  for (int chunk = 0; chunk * 160 < static_cast<int>(x.size()); ++chunk) {
    if (chunk % 37 == 20) stream->SetStrength({6.0f});
    if (chunk % 37 == 26) stream->SetBypass(chunk % 2 == 0);
    if (chunk % 37 == 32) {
      stream->SetStrength({std::numeric_limits<float>::infinity()});
    }
    const Signal part(&x[chunk * 160], &x[chunk * 160] + 160);
    const Signal out = RunStream(stream.get(), {part}, {160})[0];
    y.insert(y.end(), out.begin(), out.end());
  }
  // The start of the sine is no click of the engine's.
  const auto after_start = [](const Signal& s) {
    return std::span(s).subspan(2000);
  };
  EXPECT_LE(MaxSecondDifference(after_start(y)),
            1.25 * MaxSecondDifference(after_start(dry)));
  EXPECT_EQ(stream->latency_samples(), latency);
  // Every gain on the way is real and positive: the zero crossings stay.
  for (size_t n = 4000; n < y.size(); ++n) {
    if (std::abs(dry[n]) < 0.05f) continue;
    ASSERT_GT(y[n] * dry[n], 0.0f) << n;
  }
}

TEST(Stream, ResetReturnsToTheStart) {
  for (int rate_hz : {16000, 44100}) {
    const auto stream = RandomStream(Params(rate_hz));
    const std::vector<Signal> x = {WhiteNoise(rate_hz / 2, 10, 0.1f)};
    const auto first = RunStream(stream.get(), x, {333});
    stream->Reset();
    EXPECT_EQ(stream->counters(), StreamCounters{});
    EXPECT_EQ(RunStream(stream.get(), x, {333}), first);
  }
}

TEST(Stream, ProcessIsRealtimeSafe) {
  const auto model = MakeModel({});
  for (int rate_hz : {8000, 16000, 44100, 48000, 192000}) {
    for (ChannelLink link : {ChannelLink::kIndependent, ChannelLink::kLinked}) {
      StreamParams params = Params(rate_hz, 2);
      params.link = link;
      const auto stream = *Stream::Create(model, params);
      Signal a = WhiteNoise(5000, 11, 0.1f);
      Signal b = a;
      const std::vector<const float*> in = {a.data(), b.data()};
      const std::vector<float*> out = {a.data(), b.data()};
      const auto counts = CountRealtimeViolations([&] {
        for (int n : {1, 7, 128, 1000, 5000}) stream->Process(in, out, n);
        stream->SetStrength({12.0f});
        stream->SetBypass(true);
        stream->Process(in, out, 5000);
        stream->Reset();
      });
      EXPECT_EQ(counts.total(), 0) << rate_hz;
    }
  }
}

}  // namespace
}  // namespace tacet
