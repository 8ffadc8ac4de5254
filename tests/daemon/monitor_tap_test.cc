// SPDX-License-Identifier: Apache-2.0
#include "daemon/monitor_tap.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "daemon/audio_path.h"
#include "gtest/gtest.h"
#include "model/estimator_source.h"
#include "tests/model/engine_support.h"
#include "tests/model/make_model.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/sanitizer.h"
#include "tests/support/signals.h"
#include "tests/support/syscall_trap.h"

namespace tacet {
namespace {

constexpr int kBlock = 256;

// A block whose input is `value` and whose output is -value.
void TakeBlock(MonitorTap* tap, float value, int n = kBlock) {
  std::vector<float> in(n, value), out(n, -value);
  const float* const from[] = {in.data()};
  float* const to[] = {out.data()};
  tap->TakeInput(from, n);
  tap->TakeOutput(to, n);
}

std::vector<float> ReadAll(MonitorTap* tap) {
  std::vector<float> pairs(2 * MonitorTap::kCapacityFrames);
  pairs.resize(2 * static_cast<size_t>(tap->Read(pairs)));
  return pairs;
}

TEST(MonitorTap, TakesNothingWhileNobodyListens) {
  MonitorTap tap;
  TakeBlock(&tap, 0.5f);
  EXPECT_TRUE(ReadAll(&tap).empty());
  tap.SetListening(true);
  TakeBlock(&tap, 0.25f);
  tap.SetListening(false);
  TakeBlock(&tap, 0.125f);
  const std::vector<float> pairs = ReadAll(&tap);
  ASSERT_EQ(pairs.size(), 2u * kBlock);
  EXPECT_EQ(pairs.front(), 0.25f);
  EXPECT_EQ(pairs.back(), -0.25f);
  EXPECT_EQ(tap.frames_dropped(), 0);
}

TEST(MonitorTap, GivesTheMeanOfTheChannels) {
  MonitorTap tap;
  tap.SetListening(true);
  float a[] = {1.0f, 0.5f}, b[] = {0.0f, -0.25f};
  const float* const in[] = {a, b};
  float* const out[] = {b, b};
  tap.TakeInput(in, 2);
  tap.TakeOutput(out, 2);
  EXPECT_EQ(ReadAll(&tap), (std::vector<float>{0.5f, 0.0f, 0.125f, -0.25f}));
}

// Who listens and then no more, between the two calls of a block, gets no half
// of it.
TEST(MonitorTap, InputAndOutputStayTogether) {
  MonitorTap tap;
  float block[kBlock] = {};
  const float* const in[] = {block};
  float* const out[] = {block};
  tap.TakeInput(in, kBlock);
  tap.SetListening(true);
  tap.TakeOutput(out, kBlock);
  EXPECT_TRUE(ReadAll(&tap).empty());
  tap.TakeInput(in, kBlock);
  tap.SetListening(false);
  tap.TakeOutput(out, kBlock);
  EXPECT_EQ(ReadAll(&tap).size(), 2u * kBlock);
}

TEST(MonitorTap, DropsAndCountsWhatDoesNotFit) {
  MonitorTap tap;
  tap.SetListening(true);
  const int fits = MonitorTap::kCapacityFrames / 1000;
  for (int i = 0; i < fits + 3; ++i) TakeBlock(&tap, 1.0f + i, 1000);
  EXPECT_EQ(tap.frames_dropped(), 3000);
  const std::vector<float> pairs = ReadAll(&tap);
  ASSERT_EQ(pairs.size(), 2000u * fits);
  // The oldest stay: what is read is in order and without a hole.
  for (size_t i = 0; i < pairs.size(); i += 2) {
    ASSERT_EQ(pairs[i], 1.0f + static_cast<float>(i / 2000));
    ASSERT_EQ(pairs[i + 1], -pairs[i]);
  }
  TakeBlock(&tap, 7.0f);
  EXPECT_EQ(ReadAll(&tap).size(), 2u * kBlock);
}

TEST(MonitorTap, FramesStayInOrderAcrossThreads) {
  MonitorTap tap;
  tap.SetListening(true);
  constexpr int kBlocks = 4000;
  std::atomic<bool> is_over = false;
  std::thread audio([&] {
    for (int i = 1; i <= kBlocks; ++i) TakeBlock(&tap, static_cast<float>(i));
    is_over = true;
  });
  int64_t num_read = 0;
  float last = 0.0f;
  while (true) {
    const bool was_over = is_over;
    const std::vector<float> pairs = ReadAll(&tap);
    for (size_t i = 0; i < pairs.size(); i += 2) {
      ASSERT_EQ(pairs[i + 1], -pairs[i]);
      ASSERT_GE(pairs[i], last);
      last = pairs[i];
    }
    num_read += static_cast<int64_t>(pairs.size() / 2);
    if (was_over && pairs.empty()) break;
  }
  audio.join();
  EXPECT_EQ(num_read + tap.frames_dropped(), int64_t{kBlocks} * kBlock);
  EXPECT_GT(num_read, 0);
}

// Real-time violations of the audio path, and what `extra` adds to each cycle.
template <typename Extra>
RealtimeGuard::Counts CountWhileTapped(AudioPath* path, const Extra& extra) {
  Signal block = WhiteNoise(3000, 1, 0.1f);
  Signal played(3000);
  const float* const in[] = {block.data()};
  float* const out[] = {played.data()};
  // The first listener makes the ring, and is no audio thread.
  path->tap().SetListening(true);
  path->tap().SetListening(false);
  return CountRealtimeViolations([&] {
    for (int i = 1; i <= 50; ++i) {
      if (i == 10) path->tap().SetListening(true);
      if (i == 40) path->tap().SetListening(false);
      path->Process(in, out, 3000, 62'500'000ll * i);
      extra();
    }
  });
}

std::unique_ptr<AudioPath> MakePath() {
  AudioPathParams params;
  params.engine = FloatEstimators(MakeModel({}));
  auto path = std::make_unique<AudioPath>(params);
  const AudioFormat format = {
      .sample_rate_hz = 48000, .num_channels = 1, .period_frames = 3000};
  EXPECT_TRUE(path->Configure(format, format, ClockDomain::kOne).ok());
  return path;
}

TEST(MonitorTap, AudioPathIsRealtimeSafeWhileTheRingOverflows) {
  const auto path = MakePath();
  EXPECT_EQ(CountWhileTapped(path.get(), [] {}).total(), 0);
  // 30 cycles of 3000 frames were offered to 32768: the guard saw both ways.
  EXPECT_GT(path->tap().frames_dropped(), 0);
  EXPECT_GT(ReadAll(&path->tap()).size(), 0u);
}

// The control of the test above: what the tap must not do is seen, in its
// place.
TEST(MonitorTap, ControlATapThatAllocatesIsCaught) {
  const auto path = MakePath();
  std::vector<std::unique_ptr<Signal>> unbounded;
  const RealtimeGuard::Counts counts = CountWhileTapped(path.get(), [&] {
    unbounded.push_back(std::make_unique<Signal>(2 * kBlock));
  });
  EXPECT_GE(counts.allocations, 100);
}

// Never returns; status 0 if all went well.
[[noreturn]] void RunTrapped(bool also_calls_system) {
  const auto path = MakePath();
  Signal block = WhiteNoise(3000, 1, 0.1f);
  const float* const in[] = {block.data()};
  float* const out[] = {block.data()};
  path->tap().SetListening(true);
  AllowOnlyExit();
  for (int i = 1; i <= 50; ++i) {
    path->Process(in, out, 3000, 62'500'000ll * i);
    if (i == 40 && also_calls_system) getppid();
  }
  _exit(path->tap().frames_dropped() > 0 ? 0 : 6);
}

TEST(MonitorTapDeathTest, TappedAudioPathCallsNoSystem) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer calls the system";
  EXPECT_EXIT(RunTrapped(false), testing::ExitedWithCode(0), "");
}

TEST(MonitorTapDeathTest, ControlTheTrapFires) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer calls the system";
  EXPECT_EXIT(RunTrapped(true), testing::KilledBySignal(SIGSYS), "");
}

TEST(MonitorTap, InputIsTakenBeforeTheOutputOverwritesIt) {
  const auto path = MakePath();
  path->SetMode(Mode::kMute);
  path->tap().SetListening(true);
  const Signal noise = WhiteNoise(3000, 1, 0.1f);
  Signal block = noise;
  const float* const in[] = {block.data()};
  float* const out[] = {block.data()};
  path->Process(in, out, 3000, 1);
  const std::vector<float> pairs = ReadAll(&path->tap());
  ASSERT_EQ(pairs.size(), 6000u);
  for (size_t i = 0; i < noise.size(); ++i) {
    ASSERT_EQ(pairs[2 * i], noise[i]);
    ASSERT_EQ(pairs[2 * i + 1], 0.0f);
  }
}

TEST(MonitorTap, OutputIsTheSameBitForBitWhileSomebodyListens) {
  const Signal noise = WhiteNoise(96000, 1, 0.1f);
  std::vector<Signal> outputs;
  for (const bool listening : {false, true}) {
    const auto path = MakePath();
    path->tap().SetListening(listening);
    Signal& output = outputs.emplace_back(noise.size());
    for (size_t done = 0; done < noise.size(); done += 480) {
      const float* const in[] = {noise.data() + done};
      float* const out[] = {output.data() + done};
      path->Process(in, out, 480, 10'000'000ll * (done / 480 + 1));
    }
    // What the tap saw is what was played.
    const std::vector<float> pairs = ReadAll(&path->tap());
    ASSERT_EQ(pairs.empty(), !listening);
    for (size_t i = 0; i < pairs.size() / 2; ++i) {
      ASSERT_EQ(pairs[2 * i], noise[i]);
      ASSERT_EQ(pairs[2 * i + 1], output[i]);
    }
  }
  EXPECT_EQ(outputs[0], outputs[1]);
  EXPECT_GT(Energy(outputs[0]), 1.0);
}

TEST(MonitorTap, KnowsTheFormatOfTheAudio) {
  const auto path = MakePath();
  EXPECT_EQ(path->tap().format().sample_rate_hz, 48000);
  EXPECT_EQ(path->tap().format().latency_frames, path->engine_latency_frames());
  EXPECT_EQ(path->tap().generation(), 1);
}

}  // namespace
}  // namespace tacet
