// SPDX-License-Identifier: Apache-2.0
#include "model/worker_wake.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tacet {

// Either the audio thread sees sleeps_, or the kernel sees its ring: each
// writes one of the two before it reads the other, in one order for all
// threads.
void WorkerWake::Sleep(uint32_t seen) noexcept {
  sleeps_.store(true, std::memory_order_seq_cst);
  syscall(SYS_futex, &num_rings_, FUTEX_WAIT_PRIVATE, seen, nullptr);
  sleeps_.store(false, std::memory_order_relaxed);
}

void WorkerWake::Ring() noexcept {
  static_assert(sizeof(num_rings_) == sizeof(uint32_t) &&
                std::atomic<uint32_t>::is_always_lock_free);
  num_rings_.fetch_add(1, std::memory_order_seq_cst);
  if (!sleeps_.load(std::memory_order_seq_cst)) return;
  syscall(SYS_futex, &num_rings_, FUTEX_WAKE_PRIVATE, 1);
}

}  // namespace tacet
