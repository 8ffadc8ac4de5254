// SPDX-License-Identifier: Apache-2.0
// What the supervisor does with another source or format.
#include <string>
#include <vector>

#include "daemon/supervisor.h"
#include "gtest/gtest.h"
#include "tests/daemon/supervisor_world.h"
#include "tests/daemon/told_world.h"

namespace tacet {
namespace {

TEST(Supervisor, AnotherSourceRestartsAndAMissingOneKeepsTrying) {
  World world(WithEvents({}));
  world.RunUntil(1.0);
  BackendParams params = world.supervisor().backend_params();
  world.supervisor().SetBackendParams(params);
  world.RunUntil(1.5);
  EXPECT_EQ(world.backend().num_starts(), 1);
  params.source = "absent";
  world.supervisor().SetBackendParams(params);
  world.RunUntil(4.0);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRecovering);
  EXPECT_EQ(world.status().last_error, "fake: no source named absent");
  params.source = "fake_microphone";
  world.supervisor().SetBackendParams(params);
  world.RunUntil(4.5);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
}

TEST(Supervisor, AnotherSourceIsFadedAndKeepsTheVirtualMicrophone) {
  ToldWorld world(BackendState::kRunning);
  world.backend->can_set_source_ = true;
  world.Hear(1.0);
  EXPECT_NEAR(world.last, 0.5f, 1e-3);
  world.supervisor->SetBackendParams({.source = "webcam"});
  world.Hear(0.01);
  EXPECT_TRUE(world.backend->sources.empty());
  EXPECT_GT(world.last, 0.0f);
  while (world.backend->sources.empty() && world.now.monotonic_ns < 2e9) {
    world.Hear(0.01);
  }
  EXPECT_EQ(world.last, 0.0f);
  EXPECT_EQ(world.backend->sources, std::vector<std::string>{"webcam"});
  world.Hear(0.1);
  EXPECT_NEAR(world.last, 0.5f, 1e-3);
  // Another format is more than another source.
  world.supervisor->SetBackendParams({.source = "mic", .num_channels = 2});
  world.Hear(0.2);
  EXPECT_EQ(world.backend->num_starts, 2);
  EXPECT_EQ(world.backend->sources.size(), 1u);
}

TEST(Supervisor, SourceThatChangesWhileAudioIsDownIsTakenByTheNextStart) {
  ToldWorld world(BackendState::kRunning);
  world.backend->can_set_source_ = true;
  world.Hear(1.0);
  world.supervisor->SetBackendParams({.source = "webcam"});
  world.backend->status_.state = BackendState::kFailed;
  world.RunFor(0.03);
  world.backend->status_.state = BackendState::kRunning;
  world.Hear(1.0);
  EXPECT_EQ(world.backend->num_starts, 2);
  EXPECT_EQ(world.backend->started_source, "webcam");
  EXPECT_TRUE(world.backend->sources.empty());
  EXPECT_NEAR(world.last, 0.5f, 1e-3);
}

}  // namespace
}  // namespace tacet
