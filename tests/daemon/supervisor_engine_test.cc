// SPDX-License-Identifier: Apache-2.0
// Which model the supervisor runs: what is asked for, or a smaller one after
// missed deadlines.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "daemon/supervisor.h"
#include "gtest/gtest.h"
#include "model/unit_estimator.h"
#include "tests/daemon/supervisor_world.h"

namespace tacet {
namespace {

using Kind = FakeEvent::Kind;

TEST(Supervisor, StepsDownAfterMissesAndNeverAdaptsOtherwise) {
  World world(WithEvents({}), Engine("small"));
  world.RunUntil(2.0);
  callback_ns = 3'000'000;  // two looks: 6 ms in a period of 5.3 ms
  world.RunUntil(2.03);
  EXPECT_EQ(world.status().model, "base");
  world.RunUntil(3.0);
  EXPECT_EQ(world.status().model, "small");
  EXPECT_EQ(world.status().stepped_down_from, "base");
  EXPECT_GT(world.status().counters.num_deadline_misses, 10);
  EXPECT_EQ(world.status().counters.num_swaps, 1);
  EXPECT_EQ(world.backend().num_starts(), 1);
}

// The swap runs two models at once; that they are late together does not speak
// against the smaller.
TEST(Supervisor, StepsDownByOneAndStaysThere) {
  World world(WithEvents({}), Engine("small"), {}, {}, Engine("tiny"));
  world.RunUntil(2.0);
  callback_ns = 3'000'000;
  while (world.status().counters.num_swaps == 0) {
    world.RunUntil(world.seconds() + 0.01);
    ASSERT_LT(world.seconds(), 5.0);
  }
  callback_ns = 0;
  world.RunUntil(60.0);
  // Nor does it go back by itself, which would be heard again and again.
  EXPECT_EQ(world.status().model, "small");
  EXPECT_EQ(world.status().stepped_down_from, "base");
  EXPECT_EQ(world.status().counters.num_swaps, 1);
  callback_ns = 3'000'000;
  world.RunUntil(62.0);
  EXPECT_EQ(world.status().model, "tiny");
  EXPECT_EQ(world.status().stepped_down_from, "base");
  ASSERT_TRUE(world.supervisor().UseEngine(Engine("base")).ok());
  EXPECT_EQ(world.status().stepped_down_from, "");
}

TEST(Supervisor, SmallerModelIsLoadedElsewhereMeanwhileAllGoesOn) {
  World world(WithEvents({}));
  world.loads_slowly = true;
  world.RunUntil(2.0);
  callback_ns = 3'000'000;
  world.RunUntil(4.0);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  EXPECT_EQ(world.status().model, "base");
  world.GiveSmaller(Engine("small"));
  world.RunUntil(4.1);
  EXPECT_EQ(world.status().model, "small");
  EXPECT_EQ(world.status().stepped_down_from, "base");
}

TEST(Supervisor, ModelThatIsAskedForWhileASmallerOneIsLoadedStays) {
  for (const WindowKind window :
       {WindowKind::kSqrtHann, WindowKind::kLowLatency}) {
    World world(WithEvents({}));
    world.loads_slowly = true;
    world.RunUntil(2.0);
    callback_ns = 3'000'000;
    world.RunUntil(3.0);
    callback_ns = 0;
    ASSERT_TRUE(world.supervisor().UseEngine(Engine("other", window)).ok());
    world.GiveSmaller(Engine("small"));
    world.RunUntil(4.0);
    EXPECT_EQ(world.status().model, "other");
    EXPECT_EQ(world.status().stepped_down_from, "");
  }
}

TEST(Supervisor, RareMissesDoNotStepDown) {
  World world(WithEvents({}), Engine("small"));
  for (int i = 1; i < 60; ++i) {
    world.RunUntil(2.0 * i);
    callback_ns = 3'000'000;
    world.RunUntil(2.0 * i + 0.01);
    callback_ns = 0;
  }
  EXPECT_GT(world.status().counters.num_deadline_misses, 50);
  EXPECT_EQ(world.status().model, "base");
}

TEST(Supervisor, ModelOfEqualLatencyIsSwappedWithoutARestart) {
  World world(WithEvents({}));
  world.RunUntil(1.0);
  ASSERT_TRUE(world.supervisor().UseEngine(Engine("other")).ok());
  world.RunUntil(2.0);
  EXPECT_EQ(world.status().model, "other");
  EXPECT_EQ(world.status().counters.num_swaps, 1);
  EXPECT_EQ(world.backend().num_starts(), 1);
}

TEST(Supervisor, ModelOfAnotherLatencyRestartsFaded) {
  float last = 0.0f;
  FakeBackendParams fake;
  fake.device.signal = [](int64_t, int) { return 0.5f; };
  float largest_step = 0.0f;
  fake.device.sink = [&](std::span<const float* const> out, int n, int64_t) {
    for (int i = 0; i < n; ++i) {
      largest_step = std::max(largest_step, std::abs(out[0][i] - last));
      last = out[0][i];
    }
  };
  World world(fake);
  world.RunUntil(1.0);
  ASSERT_TRUE(world.supervisor()
                  .UseEngine(Engine("quick", WindowKind::kLowLatency))
                  .ok());
  EXPECT_EQ(world.status().model, "base");
  world.RunUntil(2.0);
  EXPECT_EQ(world.status().model, "quick");
  EXPECT_NEAR(world.status().latency.total_ms, 16.0, 1e-9);
  EXPECT_EQ(world.backend().num_starts(), 2);
  // A planned restart is no recovery.
  EXPECT_EQ(world.status().recovery.num_recoveries, 0);
  EXPECT_NE(world.log_text().find("event=restart"), std::string::npos);
  EXPECT_LT(largest_step, 0.01f);
  EXPECT_NEAR(last, 0.5f, 1e-3);
}

TEST(Supervisor, ModelThatIsAskedForLastRuns) {
  World world(WithEvents({}));
  world.RunUntil(1.0);
  ASSERT_TRUE(world.supervisor()
                  .UseEngine(Engine("quick", WindowKind::kLowLatency))
                  .ok());
  ASSERT_TRUE(world.supervisor().UseEngine(Engine("other")).ok());
  world.RunUntil(2.0);
  EXPECT_EQ(world.status().model, "other");
  EXPECT_NEAR(world.status().latency.total_ms, 32.0, 1e-9);
}

TEST(Supervisor, IsSettledOnceTheModelRuns) {
  World world(WithEvents({}));
  world.RunUntil(1.0);
  ASSERT_TRUE(world.supervisor().is_settled());
  ASSERT_TRUE(world.supervisor()
                  .UseEngine(Engine("quick", WindowKind::kLowLatency))
                  .ok());
  while (!world.supervisor().is_settled()) {
    world.RunUntil(world.seconds() + 0.01);
    ASSERT_LT(world.seconds(), 2.0);
  }
  EXPECT_EQ(world.status().model, "quick");
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
}

TEST(Supervisor, ModelThatTheRestartRefusesIsTold) {
  World world(WithEvents({}));
  world.RunUntil(1.0);
  NamedEngine broken = Engine("broken");
  // As one of another latency at first, which the engine refuses later.
  broken.engine.make = [num_calls = 0]() mutable {
    FrontEndId id;
    id.window = num_calls++ < 2 || num_calls % 2 == 0 ? WindowKind::kLowLatency
                                                      : WindowKind::kSqrtHann;
    return std::make_unique<UnitEstimator>(id);
  };
  ASSERT_TRUE(world.supervisor().UseEngine(broken).ok());
  world.RunUntil(2.0);
  EXPECT_TRUE(world.supervisor().is_settled());
  EXPECT_FALSE(world.supervisor().engine_status().ok());
  EXPECT_EQ(world.status().model, "base");
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
}

TEST(Supervisor, ModelThatFailsLeavesTheOld) {
  World world(WithEvents({}));
  world.RunUntil(1.0);
  NamedEngine broken = Engine("broken");
  // Another window at each call, which the engine refuses.
  broken.engine.make = [num_calls = 0]() mutable {
    FrontEndId id;
    id.window =
        num_calls++ % 2 == 0 ? WindowKind::kSqrtHann : WindowKind::kLowLatency;
    return std::make_unique<UnitEstimator>(id);
  };
  EXPECT_FALSE(world.supervisor().UseEngine(broken).ok());
  world.RunUntil(2.0);
  EXPECT_EQ(world.status().model, "base");
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  EXPECT_NE(world.status().last_error, "");
}

}  // namespace
}  // namespace tacet
