// SPDX-License-Identifier: Apache-2.0
// From one source to another: neither's sound steps, nor meets the other's.
#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "daemon/audio_path.h"
#include "gtest/gtest.h"
#include "tests/daemon/audio_path_support.h"
#include "tests/model/engine_support.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

constexpr float kBefore = 0.5f, kAfter = -0.4f;
constexpr int kFade = 960;  // frames of AudioPath::kFadeMs

// Hears a path that is fed constants, call after call.
class Listener {
 public:
  explicit Listener(AudioPath* path) : path_(path) {}

  void Hear(float value, int num_calls, int n = 256) {
    const Signal in(n, value);
    Signal out(n);
    const float* const from[] = {in.data()};
    float* const to[] = {out.data()};
    for (int i = 0; i < num_calls; ++i) {
      now_ns += int64_t{1'000'000'000} * n / kRateHz;
      path_->Process(from, to, n, now_ns);
      heard.insert(heard.end(), out.begin(), out.end());
    }
  }

  // The largest step from one sample to the next, from `begin` on.
  float MaxStep(size_t begin) const {
    float step = 0.0f;
    for (size_t i = begin; i < heard.size(); ++i) {
      step = std::max(step, std::abs(heard[i] - heard[i - 1]));
    }
    return step;
  }

  Signal heard;
  int64_t now_ns = 1;

 private:
  AudioPath* const path_;
};

TEST(AudioPathSource, AnotherIsFadedOutAndInWithoutAStep) {
  for (const int n : {64, 256, 5000}) {
    const auto path = MakePath(UnitSource());
    Listener listener(path.get());
    listener.Hear(kBefore, 24000 / n, n);
    const size_t begin = listener.heard.size();
    EXPECT_NEAR(listener.heard.back(), kBefore, 1e-3);
    path->EndSource();
    EXPECT_FALSE(path->is_source_ended());
    listener.Hear(kBefore, kFade / n + 2, n);
    EXPECT_TRUE(path->is_source_ended());
    EXPECT_EQ(listener.heard.back(), 0.0f);
    path->BeginSource();
    const size_t joined = listener.heard.size();
    listener.Hear(kAfter, 24000 / n, n);
    EXPECT_LT(listener.MaxStep(begin), 1.01f * kBefore / kFade) << n;
    // Nothing of the former comes again, and the latency is as it was.
    EXPECT_LE(*std::max_element(listener.heard.begin() + joined,
                                listener.heard.end()),
              1e-4f);
    EXPECT_EQ(listener.heard[joined + 1535], 0.0f);
    EXPECT_LT(listener.heard[joined + 1535 + kFade / 2], 0.4f * kAfter);
    EXPECT_NEAR(listener.heard[joined + 1536 + kFade], kAfter, 1e-3);
  }
}

// All that is left of it is what the engine holds.
TEST(AudioPathSource, OneThatWentByItselfIsFadedOutFromWhatIsLeft) {
  for (const auto window : {WindowKind::kSqrtHann, WindowKind::kLowLatency}) {
    const auto path = MakePath(UnitSource(window));
    const int latency = path->engine_latency_frames();
    Listener listener(path.get());
    listener.Hear(kBefore, 100);
    const size_t begin = listener.heard.size();
    path->BeginSource();
    listener.Hear(kAfter, 100);
    EXPECT_LT(listener.MaxStep(begin),
              1.01f * kBefore / static_cast<float>(std::min(kFade, latency)));
    EXPECT_NEAR(listener.heard.back(), kAfter, 1e-3);
  }
}

TEST(AudioPathSource, OneThatLeftAHoleIsHeardNoMore) {
  const auto path = MakePath(UnitSource());
  Listener listener(path.get());
  listener.Hear(kBefore, 100);
  listener.now_ns += 500'000'000;
  path->BeginSource();
  const size_t begin = listener.heard.size();
  listener.Hear(kAfter, 100);
  EXPECT_LE(
      *std::max_element(listener.heard.begin() + begin, listener.heard.end()),
      1e-4f);
  EXPECT_NEAR(listener.heard.back(), kAfter, 1e-3);
}

TEST(AudioPathSource, EndIsHeldUntilAnotherBeginsOrTheFormatIsSet) {
  const auto path = MakePath(UnitSource());
  for (const bool begins : {true, false}) {
    Listener listener(path.get());
    listener.Hear(kBefore, 100);
    path->EndSource();
    listener.Hear(kBefore, 100);
    EXPECT_EQ(listener.heard.back(), 0.0f);
    if (begins) {
      path->BeginSource();
    } else {
      ASSERT_TRUE(
          path->Configure(Format(1), Format(1), ClockDomain::kOne).ok());
    }
    listener.Hear(kBefore, 100);
    EXPECT_NEAR(listener.heard.back(), kBefore, 1e-3);
  }
}

// Of two clocks it is the capture that is faded, ahead of the ring.
TEST(AudioPathSource, EndsWithTwoClocksToo) {
  AudioPath path({.engine = UnitSource()});
  ASSERT_TRUE(path.Configure(Format(1), Format(1), ClockDomain::kTwo).ok());
  const Signal in(256, kBefore);
  const float* const from[] = {in.data()};
  for (int i = 1; i < 20; ++i) path.Capture(from, 256, 5'333'333 * i);
  path.EndSource();
  for (int i = 20; i < 25; ++i) path.Capture(from, 256, 5'333'333 * i);
  EXPECT_TRUE(path.is_source_ended());
}

TEST(AudioPathSource, ChangeIsRealtimeSafe) {
  const auto path = MakePath(UnitSource(), 2, 1);
  Signal a(256, kBefore), b(256, kAfter);
  const float* const in[] = {a.data(), b.data()};
  float* const out[] = {a.data()};
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    for (int i = 1; i <= 100; ++i) {
      if (i % 20 == 10) path->EndSource();
      if (i % 20 == 15) path->BeginSource();
      if (i == 42) path->BeginSource();
      path->Process(in, out, 256, 5'333'333ll * i);
    }
  });
  EXPECT_EQ(counts.total(), 0);
}

}  // namespace
}  // namespace tacet
