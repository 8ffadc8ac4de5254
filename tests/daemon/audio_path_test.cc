// SPDX-License-Identifier: Apache-2.0
#include "daemon/audio_path.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <complex>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "model/estimator_source.h"
#include "model/stream.h"
#include "tests/daemon/audio_path_support.h"
#include "tests/model/engine_support.h"
#include "tests/model/make_model.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

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

TEST(AudioPath, SmallPieceThatHoldsAHopIsNoMissOfTwoClocks) {
  const auto path = MakePath(UnitSource(), 1, 1, {.clock = &SteppingClock});
  const AudioFormat format = {
      .sample_rate_hz = 48000, .num_channels = 1, .period_frames = 480};
  ASSERT_TRUE(path->Configure(format, format, ClockDomain::kTwo).ok());
  const Signal silence(16);
  const float* const in[] = {silence.data()};
  clock_step_ns = 150'000;
  for (int i = 0; i < 24 * 100; ++i) path->Capture(in, 16, clock_ns);
  // 16 frames are 0.33 ms, and the piece with a hop took longer.
  const LatencyReport report = path->latency_report();
  EXPECT_GT(report.stages[static_cast<size_t>(Stage::kEndToEnd)].max_ns,
            400'000);
  EXPECT_EQ(path->counters().num_deadline_misses, 0);
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
  const float* const in[] = {block.data()};
  float* const out[] = {block.data()};
  path->Process(in, out, 480, 1'000'000'000);
  double energy = 0.0;
  for (int i = 0; i < 20; ++i) {
    std::fill(block.begin(), block.end(), 0.0f);
    path->Process(in, out, 480, 60'000'000'000 + 10'000'000 * i);
    energy += Energy(block);
  }
  EXPECT_EQ(energy, 0.0);
}

// A server that stands still for a moment has lost nothing.
TEST(AudioPath, AShorterPauseLosesNothing) {
  const auto path = MakePath(UnitSource(), 1, 1, {.mode = Mode::kBypass});
  const Signal voice = WhiteNoise(48000, 1, 0.1f);
  Signal heard = voice;
  for (int i = 0; i < 100; ++i) {
    const float* const in[] = {heard.data() + 480 * i};
    float* const out[] = {heard.data() + 480 * i};
    const int64_t pause_ns = i < 50 ? 0 : 1'500'000'000;
    path->Process(in, out, 480, 1 + 10'000'000 * i + pause_ns);
  }
  EXPECT_LT(SettledErrorDb(voice, heard), -110.0);
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

TEST(AudioPath, StreamThatWasPreparedIsNotMadeAgain) {
  for (const WindowKind window :
       {WindowKind::kSqrtHann, WindowKind::kLowLatency}) {
    const auto path = MakePath(UnitSource());
    int num_made = 0;
    EstimatorSource next = UnitSource(window);
    next.make = [&num_made, make = next.make] {
      ++num_made;
      return make();
    };
    absl::StatusOr<PreparedStream> prepared = path->Prepare(next);
    ASSERT_TRUE(prepared.ok()) << prepared.status();
    EXPECT_GT(num_made, 0);
    num_made = 0;
    const absl::Status status = path->SwapEngine(next, &*prepared);
    if (window == WindowKind::kSqrtHann) {
      EXPECT_TRUE(status.ok()) << status;
      EXPECT_TRUE(path->is_swapping());
    } else {
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
      ASSERT_TRUE(path->ReplaceEngine(next, &*prepared).ok());
      ASSERT_TRUE(
          path->Configure(Format(1), Format(1), ClockDomain::kOne).ok());
    }
    EXPECT_EQ(num_made, 0);
    EXPECT_EQ(prepared->stream, nullptr);
    // For another format it does not do.
    prepared = path->Prepare(next);
    ASSERT_TRUE(prepared.ok());
    ASSERT_TRUE(
        path->Configure(Format(1, 16000), Format(1, 16000), ClockDomain::kOne)
            .ok());
    num_made = 0;
    EXPECT_TRUE(path->SwapEngine(next, &*prepared).ok());
    EXPECT_GT(num_made, 0);
  }
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

// A whole exchange of blocks on two clocks: what is captured is played.
Signal RunOnTwoClocks(AudioPath* path, const Signal& x, int rate_hz) {
  constexpr int kBlock = 256;
  Signal y(x.size() / kBlock * kBlock, NAN);
  for (size_t done = 0; done < y.size(); done += kBlock) {
    const float* const in[] = {x.data() + done};
    float* const out[] = {y.data() + done};
    const int64_t now_ns = 1'000'000'000 * static_cast<int64_t>(done) / rate_hz;
    path->Capture(in, kBlock, now_ns + 1);
    path->Playback(out, kBlock, now_ns + 1);
  }
  return y;
}

// Two seconds at each rate, and the next one as soon as they are over. The gain
// is 1, so that what is played is as loud as what is captured.
TEST(AudioPath, RateChangeIsAnotherConfigure) {
  const auto path = MakePath(UnitSource());
  RunPath(path.get(), {WhiteNoise(4800, 1, 0.1f)}, 1);
  for (const int rate_hz : {16000, 8000, 44100, 48000, 16000}) {
    SCOPED_TRACE(rate_hz);
    ASSERT_TRUE(path->Configure(Format(1, rate_hz), Format(1, rate_hz),
                                ClockDomain::kTwo)
                    .ok());
    // Where every filter on the way passes it.
    const Signal x = Sine(2 * rate_hz, 440.0, rate_hz, 0.5);
    const Signal y = RunOnTwoClocks(path.get(), x, rate_hz);
    ASSERT_TRUE(AllFinite({y}));
    EXPECT_LT(
        *std::ranges::max_element(y, {}, [](float v) { return std::abs(v); }),
        0.55f);
    const std::span<const float> second(y.begin() + rate_hz, y.end());
    EXPECT_NEAR(Energy(second) / Energy(std::span(x).last(second.size())), 1.0,
                0.05);
    EXPECT_GT(path->ring().fill_frames, 0);
    EXPECT_EQ(path->counters().frames_in_flight, path->ring().fill_frames);
    EXPECT_TRUE(IsBalanced(path->counters()));
  }
  ASSERT_TRUE(path->Configure(Format(1), Format(1), ClockDomain::kOne).ok());
  EXPECT_EQ(path->counters().frames_in_flight, 0);
  const Signal back =
      RunPath(path.get(), {Sine(48000, 440.0, kRateHz, 0.5)}, 1)[0];
  EXPECT_TRUE(AllFinite({back}));
  EXPECT_GT(Energy(AfterStart(back)), 0.1 * back.size());
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

}  // namespace
}  // namespace tacet
