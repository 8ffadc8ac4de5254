// SPDX-License-Identifier: Apache-2.0
// What the audio thread must not do, and how it computes.
#ifdef __SSE__
#include <xmmintrin.h>
#endif

#include <algorithm>
#include <atomic>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "daemon/audio_path.h"
#include "gtest/gtest.h"
#include "model/estimator_source.h"
#include "model/stream.h"
#include "tests/daemon/audio_path_support.h"
#include "tests/model/engine_support.h"
#include "tests/model/make_model.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

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
  const float* const in[] = {block.data()};
  float* const out[] = {block.data()};
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    for (int i = 1; i <= 200; ++i) {
      path->Capture(in, 256, 5'333'333ll * i);
      if (i % 50 != 0) path->Playback(out, 256, 5'333'333ll * i);
      if (i == 100) path->NoteXrun(1);
    }
  });
  EXPECT_EQ(counts.total(), 0);
  EXPECT_TRUE(IsBalanced(path->counters()));
}

}  // namespace
}  // namespace tacet
