// SPDX-License-Identifier: Apache-2.0
#include "daemon/memory_lock.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/sanitizer.h"

namespace tacet {
namespace {

// In processes of their own: what is locked stays so.
TEST(MemoryLockDeathTest, LocksTheHeapOrSaysWhyNot) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer has no heap segment";
  // From the program's start, before a thread has an arena.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto lock = [] {
    KeepBlocksOnHeap();
    // A thread's memory lies there too.
    std::vector<char> block;
    std::thread([&block] { block.assign(8 << 20, 1); }).join();
    const absl::Status status = LockHeap();
    if (!status.ok()) {
      _exit(absl::IsResourceExhausted(status) ? 0 : 1);
    }
    _exit(LockedBytes() >= 8 << 20 ? 0 : 2);
  };
  EXPECT_EXIT(lock(), testing::ExitedWithCode(0), "");
}

int64_t ResidentBytes() {
  int64_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

TEST(MemoryLockDeathTest, GivesBackWhatWasFreedBefore) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer has no heap segment";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto lock = [] {
    KeepBlocksOnHeap();
    auto freed = std::make_unique<std::vector<char>>(8 << 20, 1);
    const std::vector<char> kept(1 << 20, 1);      // above it
    const volatile char* is_used = freed->data();  // else it is left out
    if (*is_used == 0) _exit(2);
    freed.reset();
    const int64_t before = ResidentBytes();
    LockHeap().IgnoreError();
    _exit(before - ResidentBytes() >= 7 << 20 && kept.back() == 1 ? 0 : 1);
  };
  EXPECT_EXIT(lock(), testing::ExitedWithCode(0), "");
}

TEST(MemoryLockDeathTest, LocksWhatAThreadUsesOfItsStack) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer's mlock does nothing";
  const auto lock = [] {
    int status = 0;
    std::thread([&status] {
      const int64_t before = LockedBytes();
      const absl::Status locked =
          LockStack(reinterpret_cast<uintptr_t>(__builtin_frame_address(0)));
      const int64_t bytes = LockedBytes() - before;
      if (locked.ok()) {
        status = bytes >= static_cast<int64_t>(kStackBytes) ? 0 : 2;
      }
    }).join();
    // Where no thread is.
    _exit(LockStack(1 << 20).ok() ? 3 : status);
  };
  EXPECT_EXIT(lock(), testing::ExitedWithCode(0), "");
}

TEST(MemoryLockDeathTest, NamesTheLimitThatIsTooSmall) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer has no heap segment";
  const auto lock = [] {
    const rlimit none = {0, 0};
    setrlimit(RLIMIT_MEMLOCK, &none);
    if (setresuid(65534, 65534, 65534) != 0 && geteuid() == 0) _exit(3);
    const bool is_named =
        LockHeap().message().find("limit 0") != std::string::npos;
    _exit(is_named ? 0 : 1);
  };
  EXPECT_EXIT(lock(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace tacet
