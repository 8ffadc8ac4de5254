// SPDX-License-Identifier: Apache-2.0
// The kernel as a witness: in a process that may do nothing but exit, the audio
// path runs a thousand periods.
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <vector>

#include "daemon/audio_path.h"
#include "gtest/gtest.h"
#include "model/offload.h"
#include "tests/model/make_model.h"
#include "tests/support/sanitizer.h"
#include "tests/support/signals.h"
#include "tests/support/syscall_trap.h"

namespace tacet {
namespace {

constexpr int kPeriod = 256;

EstimatorSource Float(uint32_t seed) {
  return FloatEstimators(MakeModel({.seed = seed}));
}

// On a thread of its own, which may call the system as it likes.
EstimatorSource Offloaded(uint32_t seed) {
  return *OffloadEstimators(Float(seed), Float(seed), {},
                            std::make_shared<OffloadStatus>());
}

using MakeEngine = EstimatorSource (*)(uint32_t seed);

std::unique_ptr<AudioPath> MakePath(ClockDomain clocks, MakeEngine make) {
  AudioPathParams params;
  params.engine = make(1);
  auto path = std::make_unique<AudioPath>(params);
  const AudioFormat format{.period_frames = kPeriod};
  if (!path->Configure(format, format, clocks).ok()) _exit(4);
  return path;
}

// Never returns; status 0 if all went well.
[[noreturn]] void RunTrapped(ClockDomain clocks, bool also_calls_system,
                             MakeEngine make = &Float) {
  const std::unique_ptr<AudioPath> path = MakePath(clocks, make);
  std::vector<float> block = WhiteNoise(kPeriod, 1, 0.1f);
  const float* const in[] = {block.data()};
  float* const out[] = {block.data()};
  if (!path->SwapEngine(make(2)).ok()) _exit(5);
  AllowOnlyExit();
  for (int i = 1; i <= 1000; ++i) {
    const int64_t now_ns = int64_t{5'333'333} * i;
    if (i == 300) path->SetMode(Mode::kMute);
    if (i == 400) path->SetStrength({.attenuation_limit_db = 6.0f});
    if (i == 500) path->NoteXrun(64);
    if (i == 600 && also_calls_system) getppid();
    if (clocks == ClockDomain::kOne) {
      path->Process(in, out, kPeriod, now_ns);
    } else {
      path->Capture(in, kPeriod, now_ns);
      if (i % 100 != 0) path->Playback(out, kPeriod, now_ns);
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

TEST(AudioPathSeccompDeathTest, ANetworkOnAnotherThreadCallsNoSystem) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer calls the system";
  EXPECT_EXIT(RunTrapped(ClockDomain::kOne, false, &Offloaded),
              testing::ExitedWithCode(0), "");
  EXPECT_EXIT(RunTrapped(ClockDomain::kOne, true, &Offloaded),
              testing::KilledBySignal(SIGSYS), "");
}

TEST(AudioPathSeccompDeathTest, TheTrapFires) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer calls the system";
  EXPECT_EXIT(RunTrapped(ClockDomain::kOne, true),
              testing::KilledBySignal(SIGSYS), "");
}

}  // namespace
}  // namespace tacet
