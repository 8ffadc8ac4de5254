// SPDX-License-Identifier: Apache-2.0
// Which backend the supervisor starts.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/supervisor.h"
#include "gtest/gtest.h"
#include "tests/daemon/supervisor_world.h"
#include "tests/daemon/told_world.h"

namespace tacet {
namespace {

// It is told late: a backend does not wait to find out.
TEST(Supervisor, BackendThatTurnsOutToBeAbsentMakesRoomForTheNext) {
  for (const int num_dispatches : {0, 3}) {
    std::vector<std::unique_ptr<AudioBackend>> others;
    auto owned = std::make_unique<ToldBackend>();
    ToldBackend* const next = owned.get();
    next->status_.state = BackendState::kIdle;
    others.push_back(std::move(owned));
    ToldWorld world(BackendState::kStarting, std::move(others));
    world.RunFor(0.2);
    EXPECT_EQ(next->num_starts, 0);
    world.backend->num_dispatches_to_stop = num_dispatches;
    world.backend->status_.state = BackendState::kFailed;
    world.backend->status_.is_absent = true;
    world.RunFor(0.1);
    EXPECT_EQ(next->num_starts, 1);
    EXPECT_EQ(world.backend->num_starts, 1);
    EXPECT_EQ(world.supervisor->state(), DaemonState::kIdle);
  }
}

TEST(Supervisor, RoundThatFoundNoBackendBeginsAgainWithTheFirst) {
  std::vector<std::unique_ptr<AudioBackend>> others;
  auto owned = std::make_unique<ToldBackend>();
  ToldBackend* const next = owned.get();
  others.push_back(std::move(owned));
  ToldWorld world(BackendState::kFailed, std::move(others));
  for (ToldBackend* const backend : {world.backend, next}) {
    backend->status_.state = BackendState::kFailed;
    backend->status_.is_absent = true;
  }
  world.RunFor(1.0);
  // After 0, 50, 150, 350 and 750 ms.
  EXPECT_EQ(world.backend->num_starts, 5);
  EXPECT_EQ(next->num_starts, 5);
}

// One that was up is what the user has, and its server may be restarting, which
// a backend finds at once or later; another would be a surprise.
TEST(Supervisor, BackendThatWasUpIsAloneForTenSeconds) {
  for (const bool at_once : {true, false}) {
    std::vector<std::unique_ptr<AudioBackend>> others;
    auto owned = std::make_unique<ToldBackend>();
    ToldBackend* const next = owned.get();
    next->status_.state = BackendState::kIdle;
    others.push_back(std::move(owned));
    ToldWorld world(BackendState::kIdle, std::move(others));
    const auto lose = [&] {
      world.backend->status_.state = BackendState::kFailed;
      world.backend->status_.is_absent = true;
      if (at_once) world.backend->start_status = absl::UnavailableError("none");
    };
    world.RunFor(20.0);
    lose();
    world.RunFor(9.5);
    EXPECT_GE(world.backend->num_starts, 20);
    EXPECT_EQ(next->num_starts, 0);
    // It is back in time, and has its ten seconds again.
    world.backend->status_.state = BackendState::kIdle;
    world.backend->status_.is_absent = false;
    world.backend->start_status = absl::OkStatus();
    world.RunFor(1.0);
    EXPECT_EQ(world.supervisor->state(), DaemonState::kIdle);
    EXPECT_EQ(next->num_starts, 0);
    lose();
    world.RunFor(9.5);
    EXPECT_EQ(next->num_starts, 0);
    world.RunFor(1.5);
    EXPECT_EQ(next->num_starts, 1);
    EXPECT_EQ(world.supervisor->state(), DaemonState::kIdle);
  }
}

TEST(Supervisor, BackendThatWasUpInTheFormerProcessIsTriedFirst) {
  std::vector<std::unique_ptr<AudioBackend>> backends;
  std::vector<ToldBackend*> told;
  for (const char* name : {"first", "second"}) {
    auto owned = std::make_unique<ToldBackend>();
    told.push_back(owned.get());
    owned->name_ = name;
    owned->status_.state = BackendState::kIdle;
    backends.push_back(std::move(owned));
  }
  ToldWorld world(BackendState::kIdle);
  SupervisorParams params;
  params.backends = std::move(backends);
  params.engine = Engine("base");
  params.failed_ns = 0;
  params.last_backend = "second";
  Supervisor supervisor(std::move(params), &world.path, &world.log);
  supervisor.Tick(world.now);
  EXPECT_EQ(told[0]->num_starts, 0);
  EXPECT_EQ(told[1]->num_starts, 1);
  EXPECT_EQ(supervisor.last_backend(), "second");
}

TEST(Supervisor, TellsWhyEachBackendIsAbsent) {
  std::vector<std::unique_ptr<AudioBackend>> others;
  for (const char* name : {"late", "last"}) {
    auto owned = std::make_unique<ToldBackend>();
    owned->name_ = name;
    owned->status_.state = BackendState::kFailed;
    owned->status_.is_absent = true;
    owned->status_.detail = "no device";
    others.push_back(std::move(owned));
  }
  ToldWorld world(BackendState::kFailed, std::move(others));
  world.backend->start_status = absl::UnavailableError("told: no server");
  world.RunFor(1.0);
  DaemonStatus status;
  world.supervisor->AddTo(&status);
  EXPECT_EQ(status.last_error,
            "told: no server; late: no device; last: no device");
}

}  // namespace
}  // namespace tacet
