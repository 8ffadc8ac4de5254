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

TEST(Supervisor, AnotherSourceRestartsAndAMissingOneIsTakenBack) {
  World world(WithEvents({}));
  world.RunUntil(1.0);
  BackendParams params = world.supervisor().backend_params();
  world.supervisor().SetBackendParams(params);
  world.RunUntil(1.5);
  EXPECT_EQ(world.backend().num_starts(), 1);
  params.source = "absent";
  EXPECT_FALSE(world.supervisor().is_restarting());
  world.supervisor().SetBackendParams(params);
  EXPECT_TRUE(world.supervisor().is_restarting());
  world.RunUntil(2.0);
  EXPECT_FALSE(world.supervisor().is_restarting());
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  EXPECT_EQ(world.supervisor().backend_params().source, "default");
  EXPECT_EQ(world.status().last_error,
            "fake: no source named absent; the former settings were taken "
            "back");
  EXPECT_EQ(world.status().recovery.num_recoveries, 0);
  params.source = "fake_microphone";
  world.supervisor().SetBackendParams(params);
  world.RunUntil(2.5);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  EXPECT_EQ(world.supervisor().backend_params().source, "fake_microphone");
}

// Nothing is known to be better then: it may come.
TEST(Supervisor, SourceThatWasMissingFromTheStartIsWaitedFor) {
  World world(WithEvents({}));
  world.supervisor().SetBackendParams({.source = "absent"});
  world.RunUntil(5.0);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kStarting);
  EXPECT_EQ(world.supervisor().backend_params().source, "absent");
}

// The backend sees to the fade (audio_path_source_test.cc,
// scripts/e2e/join.py).
TEST(Supervisor, AnotherSourceKeepsTheVirtualMicrophone) {
  ToldWorld world(BackendState::kRunning);
  world.backend->can_set_source_ = true;
  world.Hear(1.0);
  world.supervisor->SetBackendParams({.source = "webcam"});
  EXPECT_EQ(world.backend->sources, std::vector<std::string>{"webcam"});
  world.Hear(0.5);
  EXPECT_EQ(world.backend->num_starts, 1);
  EXPECT_NEAR(world.last, 0.5f, 1e-3);
  // Another format is more than another source.
  world.supervisor->SetBackendParams({.source = "mic", .num_channels = 2});
  world.Hear(0.2);
  EXPECT_EQ(world.backend->num_starts, 2);
  EXPECT_EQ(world.backend->sources.size(), 1u);
}

// It may find so at once, later, or not at all.
TEST(Supervisor, FormatWithWhichNoStartSucceedsIsTakenBack) {
  for (const BackendState end : {BackendState::kStopped, BackendState::kFailed,
                                 BackendState::kStarting}) {
    ToldWorld world(BackendState::kIdle);
    world.RunFor(1.0);
    world.backend->bad_rate_hz = 8001;
    world.backend->bad_rate_state = end;
    world.supervisor->SetBackendParams({.sample_rate_hz = 8001});
    world.RunFor(6.0);
    EXPECT_EQ(world.supervisor->state(), DaemonState::kIdle);
    EXPECT_EQ(world.supervisor->backend_params().sample_rate_hz, 0);
    DaemonStatus status;
    world.supervisor->AddTo(&status);
    EXPECT_NE(status.last_error.find("the former settings were taken back"),
              std::string::npos)
        << status.last_error;
    world.supervisor->SetBackendParams({.sample_rate_hz = 16000});
    world.RunFor(1.0);
    EXPECT_EQ(world.supervisor->state(), DaemonState::kIdle);
    EXPECT_EQ(world.supervisor->backend_params().sample_rate_hz, 16000);
    // A later failure is not the format's.
    world.backend->status_.state = BackendState::kFailed;
    world.RunFor(1.0);
    EXPECT_EQ(world.supervisor->backend_params().sample_rate_hz, 16000);
  }
}

TEST(Supervisor, SourceThatChangesWhileAudioIsDownIsTakenByTheNextStart) {
  ToldWorld world(BackendState::kRunning);
  world.backend->can_set_source_ = true;
  world.Hear(1.0);
  world.backend->status_.state = BackendState::kFailed;
  world.RunFor(0.03);
  world.supervisor->SetBackendParams({.source = "webcam"});
  world.backend->status_.state = BackendState::kRunning;
  world.Hear(1.0);
  EXPECT_EQ(world.backend->num_starts, 2);
  EXPECT_EQ(world.backend->started_source, "webcam");
  EXPECT_TRUE(world.backend->sources.empty());
  EXPECT_NEAR(world.last, 0.5f, 1e-3);
}

}  // namespace
}  // namespace tacet
