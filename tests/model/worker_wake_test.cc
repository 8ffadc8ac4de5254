// SPDX-License-Identifier: Apache-2.0
#include "model/worker_wake.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "model/offload_worker.h"
#include "tests/support/sanitizer.h"
#include "tests/support/syscall_trap.h"

namespace tacet {
namespace {

// A line of /proc/self/task/<thread>/status.
std::string StatusOf(pid_t thread, const std::string& key) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key + ":")) return line.substr(key.size() + 1);
  }
  return "";
}

bool IsAsleep(pid_t thread) {
  return StatusOf(thread, "State").find("sleeping") != std::string::npos;
}

void WaitUntilAsleep(pid_t thread) {
  while (!IsAsleep(thread)) std::this_thread::yield();
}

// Each side goes on only when the other has: with one ring lost both would
// wait for ever.
TEST(WorkerWake, NoRingIsLost) {
  constexpr int kRounds = 2'000;
  WorkerWake wake;
  std::atomic<int> asked = 0, done = 0;
  std::thread worker([&] {
    while (done < kRounds) {
      const uint32_t seen = wake.Look();
      if (asked == done) {
        wake.Sleep(seen);
      } else {
        ++done;
      }
    }
  });
  for (int i = 1; i <= kRounds; ++i) {
    asked = i;
    wake.Ring();
    while (done < i) std::this_thread::yield();
  }
  worker.join();
  EXPECT_EQ(done, kRounds);
}

TEST(WorkerWake, ARingBeforeTheSleepEndsIt) {
  WorkerWake wake;
  const uint32_t seen = wake.Look();
  wake.Ring();
  wake.Sleep(seen);
}

TEST(WorkerWakeDeathTest, AWorkerThatIsAwakeCostsNoSystemCall) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer calls the system";
  if (!CanTrap()) GTEST_SKIP() << "no seccomp here";
  EXPECT_EXIT(
      {
        WorkerWake wake;
        AllowOnlyExit();
        for (int i = 0; i < 1000; ++i) wake.Ring();
        _exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(WorkerWakeDeathTest, AWorkerThatSleepsIsWokenByOneAllowedCall) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer calls the system";
  if (!CanTrap()) GTEST_SKIP() << "no seccomp here";
  const auto ring = [](void (*trap)()) {
    WorkerWake wake;
    std::atomic<pid_t> id = 0;
    std::thread worker([&] {
      const uint32_t seen = wake.Look();
      id = gettid();
      wake.Sleep(seen);
      _exit(0);
    });
    while (id == 0) std::this_thread::yield();
    WaitUntilAsleep(id);
    trap();
    wake.Ring();
    for (;;) {
    }
  };
  EXPECT_EXIT(ring(&AllowOnlyExitAndWake), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(ring(&AllowOnlyExit), testing::KilledBySignal(SIGSYS), "");
}

// As with no listener: it used to look 2000 times a second.
TEST(OffloadWorker, AnIdleWorkerIsNeverScheduled) {
  std::atomic<pid_t> id = 0;
  OffloadWorker::Params params;
  params.make = [&]() -> std::unique_ptr<MaskEstimator> {
    id = gettid();
    return nullptr;
  };
  OffloadWorker worker(std::move(params));
  for (int token = 0; token < 3; ++token) {
    ASSERT_NE(worker.requests().WriteSlot(), nullptr);
    worker.Publish();
    worker.WaitUntilIdle();
    EXPECT_NE(worker.answers().ReadSlot(), nullptr);
    worker.answers().Release();
    WaitUntilAsleep(id);
    const std::string before = StatusOf(id, "voluntary_ctxt_switches");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_EQ(StatusOf(id, "voluntary_ctxt_switches"), before);
    EXPECT_FALSE(before.empty());
  }
}

}  // namespace
}  // namespace tacet
