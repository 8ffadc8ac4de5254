// SPDX-License-Identifier: Apache-2.0
// The kernel as a witness: in a process that may do nothing but exit, the audio
// path runs a thousand periods.
#include <unistd.h>

#include <csignal>
#include <memory>
#include <vector>

#include "daemon/audio_path.h"
#include "gtest/gtest.h"
#include "tests/model/make_model.h"
#include "tests/support/sanitizer.h"
#include "tests/support/signals.h"
#include "tests/support/syscall_trap.h"

namespace tacet {
namespace {

constexpr int kPeriod = 256;

std::unique_ptr<AudioPath> MakePath(ClockDomain clocks) {
  AudioPathParams params;
  params.engine = FloatEstimators(MakeModel({}));
  auto path = std::make_unique<AudioPath>(params);
  const AudioFormat format{.period_frames = kPeriod};
  if (!path->Configure(format, format, clocks).ok()) _exit(4);
  return path;
}

// Never returns; status 0 if all went well.
[[noreturn]] void RunTrapped(ClockDomain clocks, bool also_calls_system) {
  const std::unique_ptr<AudioPath> path = MakePath(clocks);
  std::vector<float> block = WhiteNoise(kPeriod, 1, 0.1f);
  float* const channels[] = {block.data()};
  if (!path->SwapEngine(FloatEstimators(MakeModel({.seed = 2}))).ok()) {
    _exit(5);
  }
  AllowOnlyExit();
  for (int i = 1; i <= 1000; ++i) {
    const int64_t now_ns = int64_t{5'333'333} * i;
    if (i == 300) path->SetMode(Mode::kMute);
    if (i == 400) path->SetStrength({.attenuation_limit_db = 6.0f});
    if (i == 500) path->NoteXrun(64);
    if (i == 600 && also_calls_system) getppid();
    if (clocks == ClockDomain::kOne) {
      path->Process(channels, channels, kPeriod, now_ns);
    } else {
      path->Capture(channels, kPeriod, now_ns);
      if (i % 100 != 0) path->Playback(channels, kPeriod, now_ns);
    }
  }
  _exit(path->counters().num_swaps == 1 ? 0 : 6);
}

TEST(AudioPathSeccompDeathTest, OneClockCallsNoSystem) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer calls the system";
  EXPECT_EXIT(RunTrapped(ClockDomain::kOne, false), testing::ExitedWithCode(0),
              "");
}

TEST(AudioPathSeccompDeathTest, TwoClocksCallNoSystem) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer calls the system";
  EXPECT_EXIT(RunTrapped(ClockDomain::kTwo, false), testing::ExitedWithCode(0),
              "");
}

TEST(AudioPathSeccompDeathTest, TheTrapFires) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer calls the system";
  EXPECT_EXIT(RunTrapped(ClockDomain::kOne, true),
              testing::KilledBySignal(SIGSYS), "");
}

}  // namespace
}  // namespace tacet
