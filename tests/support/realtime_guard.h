// SPDX-License-Identifier: Apache-2.0
// Counts what the audio path must not do.
#ifndef TACET_TESTS_SUPPORT_REALTIME_GUARD_H_
#define TACET_TESTS_SUPPORT_REALTIME_GUARD_H_

namespace tacet {

// While in scope, counts this thread's calls of the allocator (malloc and kin,
// hence operator new and delete) and of pthread_mutex_lock, in our code and in
// every library:
//
//   RealtimeGuard guard;
//   stft.Push(hop, spectrum);
//   const RealtimeGuard::Counts counts = guard.Stop();
//   EXPECT_EQ(counts.total(), 0);
//
// Read the counts before a gtest macro: those allocate. Scopes do not nest.
// realtime_guard_test.cc proves that it fires.
class RealtimeGuard {
 public:
  struct Counts {
    int allocations = 0;
    int frees = 0;
    int mutex_locks = 0;

    int total() const { return allocations + frees + mutex_locks; }
  };

  RealtimeGuard();
  ~RealtimeGuard();
  RealtimeGuard(const RealtimeGuard&) = delete;
  RealtimeGuard& operator=(const RealtimeGuard&) = delete;

  // Ends the scope early and returns what was counted.
  Counts Stop();
};

// What one call of function does.
template <typename Function>
RealtimeGuard::Counts CountRealtimeViolations(const Function& function) {
  RealtimeGuard guard;
  function();
  return guard.Stop();
}

}  // namespace tacet

#endif  // TACET_TESTS_SUPPORT_REALTIME_GUARD_H_
