// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_MEMORY_LOCK_H_
#define TACET_DAEMON_MEMORY_LOCK_H_

#include <cstdint>

#include "absl/status/status.h"

namespace tacet {

// Keeps the memory that the audio threads use from being paged out: what of the
// heap is in use, now or later, where engine, weights and rings lie (large
// blocks are made to lie there too, see KeepBlocksOnHeap), and nothing else:
// mlockall would pin every library. What of the heap is free goes back to the
// system before.
// Locking again after a change takes in what has grown.
// Errors: ResourceExhausted when RLIMIT_MEMLOCK is too small, naming it.
// Thread: control.
absl::Status LockHeap();

// The same for what an audio thread uses of its stack: kStackBytes below an
// address within it. Harmless where the thread is gone.
// Thread: control.
inline constexpr uintptr_t kStackBytes = 64 << 10;
absl::Status LockStack(uintptr_t address);

// What of this process is locked, as the kernel says.
int64_t LockedBytes();

// From now on every allocation of any thread comes from the heap, and freed
// memory stays with the process. At the start of the program.
void KeepBlocksOnHeap();

}  // namespace tacet

#endif  // TACET_DAEMON_MEMORY_LOCK_H_
