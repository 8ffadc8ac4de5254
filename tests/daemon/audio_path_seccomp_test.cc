// SPDX-License-Identifier: Apache-2.0
// The kernel as a witness: in a process that may do nothing but exit, the audio
// path runs a thousand periods. With the network on another thread it may wake
// that one, too.
#include <linux/futex.h>
#include <sys/syscall.h>
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

void Nothing() {}
void CallSystem() { getppid(); }
uint32_t g_word = 0;
void Wait() { syscall(SYS_futex, &g_word, FUTEX_WAIT_PRIVATE, 1, nullptr); }
void WakeAll() { syscall(SYS_futex, &g_word, FUTEX_WAKE_PRIVATE, 0x7fffffff); }
void WakeOne() { syscall(SYS_futex, &g_word, FUTEX_WAKE_PRIVATE, 1); }

// Never returns; status 0 if all went well. In the middle of it calls `also`.
[[noreturn]] void RunTrapped(ClockDomain clocks, void (*also)(),
                             MakeEngine make = &Float,
                             void (*trap)() = &AllowOnlyExit) {
  const std::unique_ptr<AudioPath> path = MakePath(clocks, make);
  std::vector<float> block = WhiteNoise(kPeriod, 1, 0.1f);
  const float* const in[] = {block.data()};
  float* const out[] = {block.data()};
  if (!path->SwapEngine(make(2)).ok()) _exit(5);
  trap();
  for (int i = 1; i <= 1000; ++i) {
    const int64_t now_ns = int64_t{5'333'333} * i;
    if (i == 300) path->SetMode(Mode::kMute);
    if (i == 400) path->SetStrength({.attenuation_limit_db = 6.0f});
    if (i == 500) path->NoteXrun(64);
    if (i == 600) also();
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
  EXPECT_EXIT(RunTrapped(ClockDomain::kOne, &Nothing),
              testing::ExitedWithCode(0), "");
}

TEST(AudioPathSeccompDeathTest, TwoClocksCallNoSystem) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer calls the system";
  EXPECT_EXIT(RunTrapped(ClockDomain::kTwo, &Nothing),
              testing::ExitedWithCode(0), "");
}

TEST(AudioPathSeccompDeathTest, ANetworkOnAnotherThreadIsWokenAndNoMore) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer calls the system";
  for (const auto also : {&Nothing, &WakeOne}) {
    EXPECT_EXIT(
        RunTrapped(ClockDomain::kOne, also, &Offloaded, &AllowOnlyExitAndWake),
        testing::ExitedWithCode(0), "");
  }
  for (const auto also : {&CallSystem, &Wait, &WakeAll}) {
    EXPECT_EXIT(
        RunTrapped(ClockDomain::kOne, also, &Offloaded, &AllowOnlyExitAndWake),
        testing::KilledBySignal(SIGSYS), "");
  }
}

TEST(AudioPathSeccompDeathTest, TheTrapFires) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer calls the system";
  for (const auto also : {&CallSystem, &WakeOne}) {
    EXPECT_EXIT(RunTrapped(ClockDomain::kOne, also),
                testing::KilledBySignal(SIGSYS), "");
  }
}

}  // namespace
}  // namespace tacet
