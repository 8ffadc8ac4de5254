// SPDX-License-Identifier: Apache-2.0
// The control of all ProcessIsRealtimeSafe tests: the guard must fire.
#include "tests/support/realtime_guard.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TACET_THREAD_SANITIZER 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define TACET_THREAD_SANITIZER 1
#endif

namespace tacet {
namespace {

// The compiler may leave out an allocation whose result it does not see used.
void* volatile sink = nullptr;

TEST(RealtimeGuard, CountsMallocAndKin) {
  void* block = nullptr;
  EXPECT_EQ(CountRealtimeViolations([&] {
              sink = block = std::malloc(100);
            }).allocations,
            1);
  EXPECT_GE(CountRealtimeViolations([&] {
              sink = block = std::realloc(block, 100000);
            }).allocations,
            1);
  std::free(block);
  EXPECT_EQ(CountRealtimeViolations([&] {
              sink = block = std::calloc(3, 5);
            }).allocations,
            1);
  std::free(block);
}

TEST(RealtimeGuard, CountsAlignedAllocations) {
#ifdef TACET_THREAD_SANITIZER
  GTEST_SKIP() << "ThreadSanitizer has no hook for aligned allocations";
#endif
  void* block = nullptr;
  EXPECT_EQ(CountRealtimeViolations([&] {
              if (posix_memalign(&block, 64, 100) != 0) std::abort();
            }).allocations,
            1);
  std::free(block);
  EXPECT_EQ(CountRealtimeViolations([&] {
              sink = block = std::aligned_alloc(64, 128);
            }).allocations,
            1);
  std::free(block);
}

TEST(RealtimeGuard, CountsFree) {
  void* block = std::malloc(100);
  sink = block;
  const RealtimeGuard::Counts counts =
      CountRealtimeViolations([&] { std::free(block); });
  EXPECT_EQ(counts.frees, 1);
  EXPECT_EQ(counts.allocations, 0);
}

TEST(RealtimeGuard, CountsOperatorNewAndDelete) {
  const RealtimeGuard::Counts counts = CountRealtimeViolations([] {
    auto value = std::make_unique<std::vector<int>>(100);
    sink = value.get();
  });
  EXPECT_EQ(counts.allocations, 2);
  EXPECT_EQ(counts.frees, 2);
}

TEST(RealtimeGuard, CountsAllocationsInsideSharedLibraries) {
  const RealtimeGuard::Counts counts = CountRealtimeViolations([] {
    const std::string text =
        absl::StrCat("a text too long for the small ", "string ", 12345678);
    sink = const_cast<char*>(text.data());
  });
  EXPECT_GE(counts.allocations, 1);
}

TEST(RealtimeGuard, CountsMutexLock) {
  std::mutex mutex;
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    std::lock_guard lock(mutex);
    sink = &mutex;
  });
  EXPECT_EQ(counts.mutex_locks, 1);
  EXPECT_EQ(counts.total(), 1);
}

TEST(RealtimeGuard, CountsNothingInPlainArithmetic) {
  std::vector<float> x(100, 1.0f);
  EXPECT_EQ(CountRealtimeViolations([&] {
              for (float& sample : x) sample *= 0.5f;
            }).total(),
            0);
}

TEST(RealtimeGuard, CountsNothingOutsideItsScope) {
  const RealtimeGuard::Counts empty = CountRealtimeViolations([] {});
  sink = std::malloc(10);
  std::free(sink);
  EXPECT_EQ(empty.total(), 0);
  EXPECT_EQ(CountRealtimeViolations([] {}).total(), 0);
}

TEST(RealtimeGuard, IgnoresOtherThreads) {
  std::atomic<int> stage = 0;
  std::thread other([&] {
    while (stage.load() != 1) std::this_thread::yield();
    sink = std::malloc(10);
    std::free(sink);
    stage = 2;
  });
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    stage = 1;
    while (stage.load() != 2) {
    }
  });
  other.join();
  EXPECT_EQ(counts.total(), 0);
}

}  // namespace
}  // namespace tacet
