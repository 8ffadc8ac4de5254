// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_MEMORY_LOCK_H_
#define TACET_DAEMON_MEMORY_LOCK_H_

#include <cstdint>

#include "absl/status/statusor.h"

namespace tacet {

// Keeps the memory that the audio threads use from being paged out: the heap,
// where engine, weights and rings lie (large blocks are made to lie there too,
// see KeepBlocksOnHeap), and nothing else: mlockall would pin every library.
// Returns the bytes locked. Locking again after a model change takes in what
// has grown.
// Errors: ResourceExhausted when RLIMIT_MEMLOCK is too small, naming it.
// Thread: control.
absl::StatusOr<int64_t> LockHeap();

// From now on every allocation comes from the heap, and freed memory stays with
// the process. At the start of the program.
void KeepBlocksOnHeap();

}  // namespace tacet

#endif  // TACET_DAEMON_MEMORY_LOCK_H_
