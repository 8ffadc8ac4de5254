// SPDX-License-Identifier: Apache-2.0
#include "tests/support/realtime_guard.h"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define TACET_SANITIZER_ALLOCATOR 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TACET_SANITIZER_ALLOCATOR 1
#endif

#ifdef TACET_SANITIZER_ALLOCATOR
// Of <sanitizer/allocator_interface.h>, which GCC does not ship.
extern "C" int __sanitizer_install_malloc_and_free_hooks(
    void (*malloc_hook)(const volatile void*, size_t),
    void (*free_hook)(const volatile void*));
#endif

namespace tacet {
namespace {

// Plain integers in static TLS: reading them allocates nothing, even from
// inside the allocator.
thread_local bool active = false;
thread_local int num_allocations = 0;
thread_local int num_frees = 0;
thread_local int num_mutex_locks = 0;

void CountAllocation() {
  if (active) ++num_allocations;
}
void CountFree() {
  if (active) ++num_frees;
}

using MutexLock = int (*)(pthread_mutex_t*);

// The C library's pthread_mutex_lock.
MutexLock LibraryMutexLock() {
  // Atomic, since a lock would be no good in here.
  static std::atomic<MutexLock> found = nullptr;
  MutexLock lock = found.load(std::memory_order_relaxed);
  if (lock == nullptr) {
    lock = reinterpret_cast<MutexLock>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
    found.store(lock, std::memory_order_relaxed);
  }
  return lock;
}

#ifdef TACET_SANITIZER_ALLOCATOR
// A sanitizer has an allocator of its own, which offers hooks.
void MallocHook(const volatile void*, size_t) { CountAllocation(); }
void FreeHook(const volatile void*) { CountFree(); }
const int hooks_installed =
    __sanitizer_install_malloc_and_free_hooks(MallocHook, FreeHook);
#endif

}  // namespace

RealtimeGuard::RealtimeGuard() {
  assert(!active);
  LibraryMutexLock();  // dlsym may allocate: not while counting
#ifdef TACET_SANITIZER_ALLOCATOR
  assert(hooks_installed > 0);
#endif
  num_allocations = 0;
  num_frees = 0;
  num_mutex_locks = 0;
  active = true;
}

RealtimeGuard::~RealtimeGuard() { active = false; }

RealtimeGuard::Counts RealtimeGuard::Stop() {
  active = false;
  return {num_allocations, num_frees, num_mutex_locks};
}

}  // namespace tacet

extern "C" {

#ifndef TACET_SANITIZER_ALLOCATOR
// Definitions in the program come before those of the C library, for shared
// libraries too; glibc keeps its own under these names.
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);

void* malloc(size_t size) {
  tacet::CountAllocation();
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  tacet::CountAllocation();
  return __libc_calloc(count, size);
}
void* realloc(void* block, size_t size) {
  tacet::CountAllocation();
  return __libc_realloc(block, size);
}
void* memalign(size_t alignment, size_t size) {
  tacet::CountAllocation();
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  tacet::CountAllocation();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** block, size_t alignment, size_t size) {
  tacet::CountAllocation();
  void* allocated = __libc_memalign(alignment, size);
  if (allocated == nullptr) return ENOMEM;
  *block = allocated;
  return 0;
}
void free(void* block) {
  if (block != nullptr) tacet::CountFree();
  __libc_free(block);
}
#endif  // TACET_SANITIZER_ALLOCATOR

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  if (tacet::active) ++tacet::num_mutex_locks;
  return tacet::LibraryMutexLock()(mutex);
}

}  // extern "C"
