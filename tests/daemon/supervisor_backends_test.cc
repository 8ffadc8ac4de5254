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

// One that was up is what the user has; another would be a surprise.
TEST(Supervisor, BackendThatFailsLaterIsTriedAgainFirst) {
  std::vector<std::unique_ptr<AudioBackend>> others;
  auto owned = std::make_unique<ToldBackend>();
  ToldBackend* const next = owned.get();
  next->status_.state = BackendState::kIdle;
  others.push_back(std::move(owned));
  ToldWorld world(BackendState::kIdle, std::move(others));
  world.RunFor(0.2);
  world.backend->status_.state = BackendState::kFailed;
  world.RunFor(0.2);
  EXPECT_GE(world.backend->num_starts, 2);
  EXPECT_EQ(next->num_starts, 0);
}

}  // namespace
}  // namespace tacet
