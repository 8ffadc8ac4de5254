// SPDX-License-Identifier: Apache-2.0
#include "daemon/supervisor.h"

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/daemon/supervisor_world.h"
#include "tests/daemon/told_world.h"
#include "tests/model/engine_support.h"

namespace tacet {
namespace {

using Kind = FakeEvent::Kind;

TEST(Supervisor, StartsAudio) {
  World world(WithEvents({}));
  EXPECT_EQ(world.supervisor().state(), DaemonState::kStarting);
  EXPECT_FALSE(world.supervisor().was_ready());
  world.RunUntil(0.1);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  EXPECT_TRUE(world.supervisor().was_ready());
  EXPECT_EQ(world.status().backend, "fake");
  EXPECT_EQ(world.status().model, "base");
  EXPECT_NEAR(world.status().latency.total_ms, 32.0, 1e-9);
}

TEST(Supervisor, WaitsForTheServerAtLogin) {
  World world(WithEvents({{Kind::kServerGone, 0.0, 30.0}}));
  world.RunUntil(29.9);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kStarting);
  EXPECT_FALSE(world.supervisor().was_ready());
  EXPECT_TRUE(world.supervisor().is_healthy());
  EXPECT_EQ(world.status().last_error, "fake: no server");
  world.RunUntil(31.0);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  // Waiting is no recovery.
  EXPECT_EQ(world.status().recovery.num_recoveries, 0);
}

TEST(Supervisor, AudioIsBackWithinASecondOfTheServerOrDevice) {
  for (const Kind kind : {Kind::kUnplug, Kind::kServerGone}) {
    for (const double gone_s : {0.3, 7.0, 100.0}) {
      World world(WithEvents({{kind, 10.0, gone_s}}));
      world.RunUntil(10.0 + gone_s - 0.02);
      EXPECT_EQ(world.supervisor().state(), DaemonState::kRecovering);
      world.RunUntil(10.5 + gone_s);
      EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
      const RecoveryStatus recovery = world.status().recovery;
      EXPECT_EQ(recovery.num_recoveries, 1);
      EXPECT_GE(recovery.last_duration_s, gone_s - 0.02);
      // What is left of the second is the server's.
      EXPECT_LE(recovery.last_duration_s, gone_s + 0.5);
      EXPECT_NE(recovery.last_cause, "");
    }
  }
}

TEST(Supervisor, PausesGrowUpToTheLongest) {
  World world(WithEvents({{Kind::kUnplug, 1.0, 60.0}}));
  world.RunUntil(60.0);
  // 50 + 100 + 200 ms, then one try in 400 ms.
  const std::string& log = world.log_text();
  EXPECT_NE(log.find("next_try_ms=50\n"), std::string::npos) << log;
  EXPECT_NE(log.find("next_try_ms=400\n"), std::string::npos);
  EXPECT_EQ(log.find("next_try_ms=800"), std::string::npos);
}

TEST(Supervisor, NoCallbackInASecondIsAFailure) {
  World world(WithEvents({{Kind::kStallCapture, 10.0, 1.5}}));
  world.RunUntil(10.9);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  world.RunUntil(13.0);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  EXPECT_EQ(world.status().recovery.num_recoveries, 1);
  EXPECT_EQ(world.status().recovery.last_cause,
            "no callback from fake_microphone in 1 s");
  EXPECT_EQ(world.backend().num_starts(), 2);
}

TEST(Supervisor, IdleIsNoStall) {
  World world(WithEvents({{Kind::kNoListener, 1.0, 100.0}}));
  world.RunUntil(90.0);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kIdle);
  EXPECT_TRUE(world.supervisor().is_healthy());
  world.RunUntil(102.0);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  EXPECT_EQ(world.status().recovery.num_recoveries, 0);
}

// What listens keeps its microphone.
TEST(Supervisor, SleepIsARecoveryButNoNewStartWhereAudioGoesOn) {
  World world(WithEvents({}));
  world.RunUntil(10.0);
  world.Sleep(3599.9995);  // the clocks are not read at the same time
  world.RunUntil(12.0);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  EXPECT_EQ(world.backend().num_starts(), 1);
  EXPECT_EQ(world.status().recovery.num_recoveries, 1);
  EXPECT_EQ(world.status().recovery.last_cause, "the machine slept for 3600 s");
  EXPECT_LT(world.status().recovery.last_duration_s, 0.1);
}

TEST(Supervisor, RestartsASecondAfterSleepWhereNoCallbackComes) {
  World world(WithEvents({{Kind::kStallCapture, 10.0, 1.5}}));
  world.RunUntil(10.0);
  world.Sleep(3600.0);
  world.RunUntil(10.9);
  EXPECT_EQ(world.backend().num_starts(), 1);
  world.RunUntil(12.0);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  EXPECT_EQ(world.backend().num_starts(), 2);
  EXPECT_EQ(world.status().recovery.num_recoveries, 1);
  EXPECT_EQ(world.status().recovery.last_cause, "the machine slept for 3600 s");
}

TEST(Supervisor, SleepWhileNobodyListensIsNothing) {
  ToldWorld world(BackendState::kIdle);
  world.RunFor(1.0);
  world.now.boot_ns += 3'600'000'000'000;
  world.RunFor(5.0);
  EXPECT_EQ(world.backend->num_starts, 1);
  EXPECT_EQ(world.recovery().num_recoveries, 0);
}

TEST(Supervisor, PlannedRestartKeepsTheVirtualMicrophone) {
  ToldWorld world(BackendState::kRunning);
  world.Hear(1.0);
  ASSERT_TRUE(
      world.supervisor->UseEngine(Engine("quick", WindowKind::kLowLatency))
          .ok());
  world.Hear(0.2);
  world.supervisor->Restart("denoise.link");
  world.Hear(0.2);
  world.supervisor->SetBackendParams({.is_realtime = false});
  world.Hear(0.2);
  EXPECT_EQ(world.backend->num_starts, 4);
  EXPECT_EQ(world.backend->num_suspends, 3);
  EXPECT_EQ(world.backend->num_stops, 0);
  EXPECT_NEAR(world.last, 0.5f, 1e-3);
}

// What was kept may be what is broken.
TEST(Supervisor, FirstFailureKeepsTheVirtualMicrophoneTheNextBeginsAnew) {
  ToldWorld world(BackendState::kIdle);
  world.RunFor(6.0);
  world.backend->status_.state = BackendState::kFailed;
  world.RunFor(0.02);
  EXPECT_EQ(world.backend->num_suspends, 1);
  EXPECT_EQ(world.backend->num_stops, 0);
  world.RunFor(1.0);
  EXPECT_EQ(world.backend->num_suspends, 1);
  EXPECT_GT(world.backend->num_stops, 0);
}

TEST(Supervisor, EndRemovesTheVirtualMicrophoneThatWasKept) {
  for (const int num_dispatches : {0, 3}) {
    ToldWorld world(BackendState::kIdle);
    world.RunFor(6.0);
    world.backend->num_dispatches_to_stop = num_dispatches;
    world.backend->status_.state = BackendState::kFailed;
    world.RunFor(0.02);
    ASSERT_EQ(world.backend->num_suspends, 1);
    ASSERT_EQ(world.backend->num_starts, 1);
    world.supervisor->BeginStop();
    world.RunFor(0.1);
    EXPECT_TRUE(world.supervisor->is_stopped());
    EXPECT_EQ(world.backend->num_stops, 1);
    EXPECT_EQ(world.backend->num_starts, 1);
  }
}

TEST(Supervisor, BackendThatHangsOnStopAsksForANewProcess) {
  FakeBackendParams fake = WithEvents({{Kind::kUnplug, 1.0, 0.5}});
  fake.hangs_on_stop = true;
  World world(fake);
  world.RunUntil(2.9);
  EXPECT_FALSE(world.supervisor().needs_new_process());
  world.RunUntil(3.2);
  EXPECT_TRUE(world.supervisor().needs_new_process());
  EXPECT_FALSE(world.supervisor().is_healthy());
}

// There is nothing left to start: the end of the process ends the hang.
TEST(Supervisor, BackendThatHangsDoesNotKeepTheDaemonFromEnding) {
  FakeBackendParams fake;
  fake.hangs_on_stop = true;
  World world(fake);
  world.RunUntil(1.0);
  world.supervisor().BeginStop();
  world.RunUntil(2.5);
  EXPECT_FALSE(world.supervisor().is_stopped());
  world.RunUntil(3.3);
  EXPECT_TRUE(world.supervisor().is_stopped());
  EXPECT_FALSE(world.supervisor().needs_new_process());
}

TEST(Supervisor, RecoveryGoesOnInTheNextProcess) {
  FakeBackendParams fake = WithEvents({{Kind::kUnplug, 1.0, 0.5}});
  fake.hangs_on_stop = true;
  World first(fake);
  first.RunUntil(4.0);
  ASSERT_TRUE(first.supervisor().needs_new_process());
  ASSERT_TRUE(first.supervisor().failed_ns().has_value());
  EXPECT_NEAR(*first.supervisor().failed_ns() * 1e-9, 1.0, 0.1);

  World second(WithEvents({}), {}, first.supervisor().recovery(),
               first.supervisor().failed_ns());
  EXPECT_EQ(second.supervisor().state(), DaemonState::kRecovering);
  second.Pass(4.0);
  second.RunUntil(4.5);
  EXPECT_EQ(second.supervisor().state(), DaemonState::kRunning);
  EXPECT_EQ(second.status().recovery.num_recoveries, 1);
  EXPECT_NEAR(second.status().recovery.last_duration_s, 3.0, 0.2);
  EXPECT_EQ(second.status().recovery.last_cause,
            "fake: the microphone was unplugged");
}

TEST(Supervisor, WaitsForAMicrophoneAsLongAsItTakes) {
  ToldWorld world(BackendState::kStarting);
  world.backend->status_.lacks_microphone = true;
  world.RunFor(3600.0);
  EXPECT_EQ(world.backend->num_starts, 1);
  EXPECT_TRUE(world.supervisor->was_ready());
  EXPECT_TRUE(world.supervisor->is_healthy());
  EXPECT_EQ(world.supervisor->state(), DaemonState::kStarting);
  world.backend->status_.state = BackendState::kIdle;
  world.RunFor(1.0);
  EXPECT_EQ(world.supervisor->state(), DaemonState::kIdle);
}

TEST(Supervisor, MicrophoneThatGoesAndComesBackIsARecoveryButNoNewStart) {
  for (const BackendState without :
       {BackendState::kStarting, BackendState::kIdle}) {
    ToldWorld world(BackendState::kRunning);
    world.Hear(1.0);
    world.backend->status_.state = without;
    world.backend->status_.lacks_microphone = true;
    world.backend->status_.detail = "there is no microphone yet";
    world.RunFor(20.0);
    EXPECT_EQ(world.recovery().num_recoveries, 0);
    world.backend->status_.lacks_microphone = false;
    world.backend->status_.state = BackendState::kStarting;
    world.RunFor(0.5);
    EXPECT_EQ(world.recovery().num_recoveries, 0);
    world.backend->status_.state = BackendState::kRunning;
    world.RunFor(3.0);  // a headset takes its time to the first sound
    EXPECT_EQ(world.recovery().num_recoveries, 0);
    world.Hear(1.0);
    EXPECT_EQ(world.recovery().num_recoveries, 1);
    EXPECT_NEAR(world.recovery().last_duration_s, 23.5, 0.05);
    EXPECT_EQ(world.recovery().last_cause, "there is no microphone yet");
    EXPECT_EQ(world.backend->num_starts, 1);
  }
}

TEST(Supervisor, MicrophoneThatComesBackWhileNobodyListensIsARecovery) {
  ToldWorld world(BackendState::kRunning);
  world.Hear(1.0);
  world.backend->status_.state = BackendState::kIdle;
  world.backend->status_.lacks_microphone = true;
  world.RunFor(2.0);
  world.backend->status_.lacks_microphone = false;
  world.RunFor(1.0);
  EXPECT_EQ(world.recovery().num_recoveries, 1);
  EXPECT_NEAR(world.recovery().last_duration_s, 2.0, 0.05);
}

TEST(Supervisor, MicrophoneThatWasNotHeardIsNotMissed) {
  ToldWorld world(BackendState::kIdle);
  world.RunFor(1.0);
  world.backend->status_.lacks_microphone = true;
  world.RunFor(1.0);
  world.backend->status_.lacks_microphone = false;
  world.RunFor(1.0);
  EXPECT_EQ(world.recovery().num_recoveries, 0);
}

// A descriptor stays readable until Dispatch(), which is not called then: a
// poll of it would not sleep.
TEST(Supervisor, GivesNoDescriptorWhileItDispatchesNothing) {
  ToldWorld world(BackendState::kIdle);
  world.backend->event_fd_ = 7;
  EXPECT_EQ(world.supervisor->event_fd(), -1);
  world.RunFor(0.1);
  EXPECT_EQ(world.supervisor->event_fd(), 7);
  world.backend->status_.state = BackendState::kFailed;
  world.RunFor(0.01);
  EXPECT_EQ(world.supervisor->event_fd(), -1);
  world.backend->status_.state = BackendState::kIdle;
  world.RunFor(1.0);
  EXPECT_EQ(world.supervisor->event_fd(), 7);
  world.supervisor->BeginStop();
  world.RunFor(1.0);
  ASSERT_TRUE(world.supervisor->is_stopped());
  EXPECT_EQ(world.supervisor->event_fd(), -1);
}

TEST(Supervisor, StartThatTakesTooLongIsAFailure) {
  ToldWorld world(BackendState::kStarting);
  world.RunFor(4.9);
  EXPECT_EQ(world.backend->num_starts, 1);
  world.RunFor(1.0);
  EXPECT_EQ(world.backend->num_starts, 2);
}

TEST(Supervisor, ServerHearsTheLatencyAfterAStartAndAModelOfAnother) {
  ToldWorld world(BackendState::kIdle);
  world.RunFor(1.0);
  EXPECT_EQ(world.backend->latencies, std::vector<int>{1536});
  ASSERT_TRUE(
      world.supervisor->UseEngine(Engine("quick", WindowKind::kLowLatency))
          .ok());
  world.RunFor(1.0);
  EXPECT_EQ(world.backend->num_starts, 2);
  EXPECT_EQ(world.backend->latencies, (std::vector<int>{1536, 768}));
}

TEST(Supervisor, StopFadesAndThenHolds) {
  FakeBackendParams fake;
  fake.device.signal = [](int64_t, int) { return 0.5f; };
  float last = -1.0f;
  fake.device.sink = [&last](std::span<const float* const> out, int n,
                             int64_t) { last = out[0][n - 1]; };
  World world(fake);
  world.RunUntil(1.0);
  EXPECT_NEAR(last, 0.5f, 1e-3);
  world.supervisor().BeginStop();
  EXPECT_EQ(world.supervisor().state(), DaemonState::kStopping);
  EXPECT_FALSE(world.supervisor().is_stopped());
  world.RunUntil(1.2);
  EXPECT_TRUE(world.supervisor().is_stopped());
  EXPECT_EQ(world.backend().status().state, BackendState::kStopped);
  EXPECT_EQ(last, 0.0f);
}

}  // namespace
}  // namespace tacet
