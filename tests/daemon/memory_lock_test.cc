// SPDX-License-Identifier: Apache-2.0
#include "daemon/memory_lock.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/sanitizer.h"

namespace tacet {
namespace {

int64_t LockedBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    int64_t kib = 0;
    if (word == "VmLck:" && status >> kib) return kib * 1024;
  }
  return -1;
}

// In processes of their own: what is locked stays so.
TEST(MemoryLockDeathTest, LocksAsMuchAsItSaysOrSaysWhyNot) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer has no heap segment";
  const auto lock = [] {
    const absl::StatusOr<int64_t> locked = LockHeap();
    if (!locked.ok()) {
      _exit(locked.status().code() == absl::StatusCode::kResourceExhausted ? 0
                                                                           : 1);
    }
    _exit(*locked > 0 && LockedBytes() >= *locked ? 0 : 2);
  };
  EXPECT_EXIT(lock(), testing::ExitedWithCode(0), "");
}

TEST(MemoryLockDeathTest, NamesTheLimitThatIsTooSmall) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer has no heap segment";
  const auto lock = [] {
    const rlimit none = {0, 0};
    setrlimit(RLIMIT_MEMLOCK, &none);
    if (setresuid(65534, 65534, 65534) != 0 && geteuid() == 0) _exit(3);
    const absl::StatusOr<int64_t> locked = LockHeap();
    const bool is_named = !locked.ok() && locked.status().message().find(
                                              "limit 0") != std::string::npos;
    _exit(is_named ? 0 : 1);
  };
  EXPECT_EXIT(lock(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace tacet
