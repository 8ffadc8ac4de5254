// SPDX-License-Identifier: Apache-2.0
#include "daemon/audio_path.h"

#ifdef __SSE__
#include <xmmintrin.h>
#endif

#include <algorithm>
#include <atomic>
#include <cmath>
#include <complex>
#include <limits>
#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "model/estimator_source.h"
#include "model/stream.h"
#include "tests/model/engine_support.h"
#include "tests/model/make_model.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

constexpr int kRateHz = 48000;

AudioFormat Format(int num_channels, int rate_hz = kRateHz, int period = 256) {
  return {.sample_rate_hz = rate_hz,
          .num_channels = num_channels,
          .period_frames = period};
}

// Error of y against x delayed by 1536 frames, in dB, after the fade at the
// start.
double SettledErrorDb(const Signal& x, const Signal& y) {
  const size_t begin = 1536 + 960;
  return ErrorDb(std::span(x).subspan(begin - 1536, x.size() - begin),
                 std::span(y).subspan(begin));
}

std::unique_ptr<AudioPath> MakePath(const EstimatorSource& engine,
                                    int num_in = 1, int num_out = 1,
                                    AudioPathParams params = {}) {
  params.engine = engine;
  auto path = std::make_unique<AudioPath>(params);
  EXPECT_TRUE(
      path->Configure(Format(num_in), Format(num_out), ClockDomain::kOne).ok());
  return path;
}

// Runs all of in through Process in chunks of n.
std::vector<Signal> RunPath(AudioPath* path, const std::vector<Signal>& in,
                            int num_out, int n = 256) {
  std::vector<Signal> out(num_out, Signal(in[0].size()));
  std::vector<const float*> from(in.size());
  std::vector<float*> to(num_out);
  const int total = static_cast<int>(in[0].size());
  for (int done = 0; done < total; done += n) {
    for (size_t c = 0; c < in.size(); ++c) from[c] = in[c].data() + done;
    for (int c = 0; c < num_out; ++c) to[c] = out[c].data() + done;
    path->Process(from, to, std::min(n, total - done),
                  int64_t{1'000'000'000} * done / kRateHz + 1);
  }
  return out;
}

// Frames until the fade at the start is over.
constexpr int kStart = 1536 + 960;

Signal AfterStart(const Signal& x) {
  return Signal(x.begin() + kStart, x.end());
}

TEST(AudioPath, OneClockEqualsStreamBitForBit) {
  const std::shared_ptr<const Model> model = MakeModel({});
  const std::vector<Signal> in = {WhiteNoise(48000, 1, 0.1f)};
  StreamParams params;
  params.strength.attenuation_limit_db = 30.0f;
  params.link = ChannelLink::kLinked;  // the default of both
  const auto stream = Stream::Create(model, params);
  ASSERT_TRUE(stream.ok()) << stream.status();
  const std::vector<Signal> expected = RunStream(stream->get(), in, {48000});
  for (const int n : {64, 100, 256, 5000}) {
    const auto path =
        MakePath(FloatEstimators(model), 1, 1, {.strength = params.strength});
    const Signal out = RunPath(path.get(), in, 1, n)[0];
    EXPECT_EQ(AfterStart(out), AfterStart(expected[0])) << n;
    EXPECT_GT(Energy(AfterStart(out)), 1.0);
  }
}

TEST(AudioPath, BypassIsTheInputAtTheSameLatency) {
  const auto path =
      MakePath(FloatEstimators(MakeModel({})), 1, 1, {.mode = Mode::kBypass});
  const std::vector<Signal> in = {WhiteNoise(48000, 1, 0.1f)};
  const std::vector<Signal> out = RunPath(path.get(), in, 1);
  const int latency =
      static_cast<int>(std::lround(path->latency().window_ms * 48.0));
  EXPECT_EQ(latency, 1536);
  EXPECT_LT(SettledErrorDb(in[0], out[0]), -110.0);
}

TEST(AudioPath, MuteFadesTo0AndBackWithoutAStep) {
  const auto path = MakePath(UnitSource());
  const Signal tone = Sine(96000, 440, kRateHz, 0.5);
  Signal out(96000);
  for (int done = 0; done < 96000; done += 480) {
    if (done == 24000) path->SetMode(Mode::kMute);
    if (done == 48000) path->SetMode(Mode::kClean);
    const float* const from[] = {tone.data() + done};
    float* const to[] = {out.data() + done};
    path->Process(from, to, 480, 10'000'000 * (done / 480 + 1));
  }
  EXPECT_EQ(std::count(out.begin() + 25000, out.begin() + 48000, 0.0f), 23000);
  // The tone's own and the kink where a ramp of 20 ms begins.
  const double own = 0.5 * std::pow(2.0 * M_PI * 440.0 / kRateHz, 2.0);
  EXPECT_LT(MaxSecondDifference(std::span(out).subspan(4000)),
            1.01 * (own + 0.5 / 960.0));
  EXPECT_EQ(path->mode(), Mode::kClean);
  EXPECT_GT(*std::max_element(out.begin() + 60000, out.end()), 0.49f);
}

TEST(AudioPath, AntiPhaseStereoKeepsItsLevelInAMonoMicrophone) {
  const Signal voice = WhiteNoise(48000, 1, 0.1f);
  Signal inverse = voice;
  for (float& sample : inverse) sample = -sample;
  const auto path = MakePath(UnitSource(), 2, 1);
  const std::vector<Signal> out = RunPath(path.get(), {voice, inverse}, 1);
  EXPECT_LT(SettledErrorDb(voice, out[0]), -110.0);
}

TEST(AudioPath, DeadLeftChannelIsReplacedInAMonoMicrophone) {
  const Signal voice = WhiteNoise(48000, 1, 0.1f);
  const auto path = MakePath(UnitSource(), 2, 1);
  const std::vector<Signal> out =
      RunPath(path.get(), {Signal(48000, 0.0f), voice}, 1);
  EXPECT_NEAR(Energy(std::span(out[0]).subspan(24000)) /
                  Energy(std::span(voice).subspan(24000 - 1536, 24000)),
              1.0, 0.01);
}

// A linked mask from a mean of the signals would be that of silence.
TEST(AudioPath, AntiPhaseStereoIsHeardByTheNetworkInAStereoMicrophone) {
  const Signal voice = WhiteNoise(48000, 1, 0.1f);
  Signal inverse = voice;
  for (float& sample : inverse) sample = -sample;
  const EstimatorSource loud_only = FakeSource(
      [](std::span<const float> features, std::span<std::complex<float>> mask) {
        float sum = 0.0f;
        for (const float f : features) sum += f;
        std::fill(mask.begin(), mask.end(), sum > 0.1f ? 1.0f : 0.0f);
        return true;
      });
  const auto path = MakePath(loud_only, 2, 2);
  const std::vector<Signal> out = RunPath(path.get(), {voice, inverse}, 2);
  EXPECT_LT(SettledErrorDb(voice, out[0]), -60.0);
  EXPECT_LT(SettledErrorDb(inverse, out[1]), -60.0);
}

TEST(AudioPath, MonoMicrophoneFillsBothChannelsOfAStereoOne) {
  const Signal voice = WhiteNoise(48000, 1, 0.1f);
  const auto path = MakePath(UnitSource(), 1, 2);
  const std::vector<Signal> out = RunPath(path.get(), {voice}, 2);
  EXPECT_LT(SettledErrorDb(voice, out[0]), -110.0);
  EXPECT_EQ(out[0], out[1]);
}

TEST(AudioPath, FaultsAreCounted) {
  const EstimatorSource absent =
      FakeSource([](std::span<const float>, std::span<std::complex<float>>) {
        return false;
      });
  const auto path = MakePath(absent);
  Signal bad = WhiteNoise(38400, 1, 0.1f);
  bad[7] = std::numeric_limits<float>::quiet_NaN();
  bad[8] = std::numeric_limits<float>::infinity();
  RunPath(path.get(), {bad}, 1);
  path->NoteXrun(33);
  const AudioCounters counters = path->counters();
  EXPECT_EQ(counters.num_non_finite_samples, 2);
  EXPECT_EQ(counters.num_missing_masks, 100);
  EXPECT_EQ(counters.num_xruns, 1);
  EXPECT_EQ(counters.lost_frames, 33);
  EXPECT_EQ(counters.frames_in, 38400);
  EXPECT_EQ(counters.frames_out, 38400);
  EXPECT_EQ(counters.num_callbacks, 150);
  EXPECT_TRUE(IsBalanced(counters));
}

std::atomic<int64_t> clock_ns = 0;
std::atomic<int64_t> clock_step_ns = 0;
// Each look at the clock takes clock_step_ns.
int64_t SteppingClock() noexcept { return clock_ns += clock_step_ns; }

TEST(AudioPath, CallbackLongerThanItsPeriodIsAMiss) {
  const auto path = MakePath(UnitSource(), 1, 1, {.clock = &SteppingClock});
  std::vector<Signal> in = {Signal(256 * 10)};
  clock_step_ns = 100'000;  // 256 frames are 5.3 ms
  RunPath(path.get(), in, 1);
  EXPECT_EQ(path->counters().num_deadline_misses, 0);
  clock_step_ns = 6'000'000;
  RunPath(path.get(), in, 1);
  EXPECT_EQ(path->counters().num_deadline_misses, 10);
}

TEST(AudioPath, WorkerPlacementHasNoMissesOfItsOwn) {
  const auto path =
      MakePath(UnitSource(), 1, 1,
               {.placement = Placement::kWorker, .clock = &SteppingClock});
  clock_step_ns = 6'000'000;
  RunPath(path.get(), {Signal(256 * 10)}, 1);
  EXPECT_EQ(path->counters().num_deadline_misses, 0);
}

TEST(AudioPath, StagesAreTimedPerHop) {
  const auto path = MakePath(UnitSource(), 1, 1, {.clock = &SteppingClock});
  clock_step_ns = 1000;
  RunPath(path.get(), {Signal(384 * 10)}, 1, 384);
  const LatencyReport report = path->latency_report();
  const auto stage = [&](Stage s) {
    return report.stages[static_cast<size_t>(s)];
  };
  for (const Stage s : {Stage::kAnalysis, Stage::kNetwork, Stage::kSynthesis}) {
    EXPECT_EQ(stage(s).num_samples(), 10u) << StageName(s);
    EXPECT_EQ(stage(s).max_ns, 1000) << StageName(s);
  }
  // Start, four looks of the hop, end.
  EXPECT_EQ(stage(Stage::kEndToEnd).num_samples(), 10u);
  EXPECT_EQ(stage(Stage::kEndToEnd).max_ns, 5000);
  path->ResetLatencyReport();
  EXPECT_EQ(path->latency_report().stages[0].num_samples(), 0u);
}

TEST(AudioPath, SoundBeforeALongPauseIsForgotten) {
  const auto path = MakePath(UnitSource());
  Signal block = WhiteNoise(480, 1, 0.1f);
  float* const channels[] = {block.data()};
  path->Process(channels, channels, 480, 1'000'000'000);
  double energy = 0.0;
  for (int i = 0; i < 20; ++i) {
    std::fill(block.begin(), block.end(), 0.0f);
    path->Process(channels, channels, 480, 60'000'000'000 + 10'000'000 * i);
    energy += Energy(block);
  }
  EXPECT_EQ(energy, 0.0);
}

TEST(AudioPath, AnotherLatencyIsRefusedAndTheEngineGoesOn) {
  const auto path = MakePath(UnitSource());
  const absl::Status status =
      path->SwapEngine(UnitSource(WindowKind::kLowLatency));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_FALSE(path->is_swapping());
  const Signal voice = WhiteNoise(9600, 1, 0.1f);
  EXPECT_LT(SettledErrorDb(voice, RunPath(path.get(), {voice}, 1)[0]), -110.0);
  ASSERT_TRUE(path->ReplaceEngine(UnitSource(WindowKind::kLowLatency)).ok());
  ASSERT_TRUE(path->Configure(Format(1), Format(1), ClockDomain::kOne).ok());
  EXPECT_NEAR(path->latency().total_ms, 16.0, 1e-9);
}

TEST(AudioPath, SwapReachesTheNewModel) {
  const std::shared_ptr<const Model> other = MakeModel({.seed = 9});
  const auto path = MakePath(FloatEstimators(MakeModel({})));
  ASSERT_TRUE(path->SwapEngine(FloatEstimators(other)).ok());
  EXPECT_TRUE(path->is_swapping());
  // Zeros while both warm up, so that both states are those of silence.
  std::vector<Signal> in = {WhiteNoise(48000, 3, 0.1f)};
  std::fill(in[0].begin(), in[0].begin() + 12000, 0.0f);
  const std::vector<Signal> out = RunPath(path.get(), in, 1);
  path->Collect();
  EXPECT_FALSE(path->is_swapping());
  EXPECT_EQ(path->counters().num_swaps, 1);
  StreamParams params;
  params.link = ChannelLink::kLinked;
  const auto stream = Stream::Create(other, params);
  const std::vector<Signal> expected = RunStream(stream->get(), in, {256});
  EXPECT_EQ(Signal(out[0].begin() + 12000, out[0].end()),
            Signal(expected[0].begin() + 12000, expected[0].end()));
}

TEST(AudioPath, RateChangeIsAnotherConfigure) {
  const auto path = MakePath(UnitSource());
  RunPath(path.get(), {Signal(4800)}, 1);
  for (const int rate_hz : {16000, 8000, 44100}) {
    ASSERT_TRUE(path->Configure(Format(1, rate_hz), Format(1, rate_hz),
                                ClockDomain::kTwo)
                    .ok());
    Signal block(256);
    float* const channels[] = {block.data()};
    for (int i = 0; i < 50; ++i) {
      path->Capture(channels, 256, 16'000'000 * (i + 1));
    }
    EXPECT_EQ(path->counters().frames_in_flight, path->ring().fill_frames);
    EXPECT_GT(path->ring().fill_frames, 0);
  }
  ASSERT_TRUE(path->Configure(Format(1), Format(1), ClockDomain::kOne).ok());
  EXPECT_EQ(path->counters().frames_in_flight, 0);
}

TEST(AudioPath, BadFormatsAreRefusedAndThenThereIsSilence) {
  const auto path = MakePath(UnitSource());
  const std::vector<std::pair<AudioFormat, AudioFormat>> formats = {
      {Format(0), Format(1)},
      {Format(1), Format(33)},
      {Format(1, 48000, 0), Format(1)},
      {Format(1, 500), Format(1, 500)},
      {Format(1), Format(1, 44100)}};
  for (const auto& [capture, playback] : formats) {
    const absl::Status status =
        path->Configure(capture, playback, ClockDomain::kOne);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    std::vector<Signal> in = {WhiteNoise(512, 1, 0.5f)};
    EXPECT_EQ(Energy(RunPath(path.get(), in, 1)[0]), 0.0);
  }
  EXPECT_TRUE(IsBalanced(path->counters()));
}

TEST(AudioPath, UnexpectedChannelCountGivesSilence) {
  const auto path = MakePath(UnitSource());
  std::vector<Signal> in = {WhiteNoise(512, 1, 0.5f), WhiteNoise(512, 2, 0.5f)};
  EXPECT_EQ(Energy(RunPath(path.get(), in, 1)[0]), 0.0);
}

#ifdef __SSE__
// The path asks for the time in the midst of its work.
TEST(AudioPath, FlushesDenormalsWhoeverCalls) {
  constexpr unsigned kFlush = 0x8040;  // FTZ and DAZ
  static std::atomic<int> num_looks = 0;
  static std::atomic<int> num_flushed = 0;
  const auto clock = []() noexcept -> int64_t {
    ++num_looks;
    num_flushed += (_mm_getcsr() & kFlush) == kFlush;
    return 0;
  };
  ASSERT_NE(_mm_getcsr() & kFlush, kFlush);
  const Signal silence(256);
  Signal out(256);
  const float* const from[] = {silence.data()};
  float* const to[] = {out.data()};
  for (const ClockDomain clocks : {ClockDomain::kOne, ClockDomain::kTwo}) {
    AudioPath path({.engine = UnitSource(), .clock = clock});
    ASSERT_TRUE(path.Configure(Format(1), Format(1), clocks).ok());
    num_looks = num_flushed = 0;
    std::thread([&] {
      for (int i = 1; i < 20; ++i) {
        if (clocks == ClockDomain::kOne) {
          path.Process(from, to, 256, i);
        } else {
          path.Capture(from, 256, i);
        }
      }
      EXPECT_NE(_mm_getcsr() & kFlush, kFlush);  // as it was
    }).join();
    // All but the look at the beginning of each call.
    EXPECT_EQ(num_flushed, num_looks - 19);
    EXPECT_GE(num_flushed, 19);
  }
}
#endif

TEST(AudioPath, IsRealtimeSafeWithOneClock) {
  const auto path = MakePath(FloatEstimators(MakeModel({})), 2, 1);
  Signal a = WhiteNoise(3000, 1, 0.1f);
  Signal b = WhiteNoise(3000, 2, 0.1f);
  const float* const in[] = {a.data(), b.data()};
  float* const out[] = {a.data()};
  ASSERT_TRUE(path->SwapEngine(FloatEstimators(MakeModel({.seed = 2}))).ok());
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    for (int i = 1; i <= 50; ++i) {
      if (i == 10) path->SetMode(Mode::kBypass);
      if (i == 20) path->SetStrength({.attenuation_limit_db = 12.0f});
      if (i == 30) path->SetMode(Mode::kMute);
      path->Process(in, out, i % 2 == 0 ? 3000 : 64, 1'000'000'000ll * i);
    }
  });
  EXPECT_EQ(counts.total(), 0);
  EXPECT_EQ(path->counters().num_swaps, 1);
}

TEST(AudioPath, IsRealtimeSafeWithTwoClocks) {
  const auto path = MakePath(FloatEstimators(MakeModel({})));
  ASSERT_TRUE(path->Configure(Format(1), Format(1), ClockDomain::kTwo).ok());
  Signal block = WhiteNoise(256, 1, 0.1f);
  float* const channels[] = {block.data()};
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    for (int i = 1; i <= 200; ++i) {
      path->Capture(channels, 256, 5'333'333ll * i);
      if (i % 50 != 0) path->Playback(channels, 256, 5'333'333ll * i);
      if (i == 100) path->NoteXrun(1);
    }
  });
  EXPECT_EQ(counts.total(), 0);
  EXPECT_TRUE(IsBalanced(path->counters()));
}

}  // namespace
}  // namespace tacet
