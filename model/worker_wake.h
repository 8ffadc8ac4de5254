// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_WORKER_WAKE_H_
#define TACET_MODEL_WORKER_WAKE_H_

#include <atomic>
#include <cstdint>

#include "dsp/realtime.h"

namespace tacet {

// How a worker without work sleeps, at no cost, until an audio thread has some.
//   worker:  for (;;) { seen = Look(); if (no work) Sleep(seen); else work }
//   audio:   publish the work; Ring()
// No ring is lost: one between Look and Sleep makes Sleep return at once.
class WorkerWake {
 public:
  // Thread: the worker.
  uint32_t Look() const noexcept {
    return num_rings_.load(std::memory_order_acquire);
  }
  // Until a Ring after the Look that gave `seen`; at times for no reason.
  // Thread: the worker.
  void Sleep(uint32_t seen) noexcept;

  // Where the worker is awake, two operations on memory; where it sleeps, one
  // system call as well, futex(FUTEX_WAKE_PRIVATE), which waits for nothing:
  // the only one that an audio thread makes anywhere. Thread: any.
  // Realtime-safe: yes.
  void Ring() noexcept TACET_REALTIME;

 private:
  std::atomic<uint32_t> num_rings_ = 0;  // what the kernel watches
  std::atomic<bool> sleeps_ = false;
};

}  // namespace tacet

#endif  // TACET_MODEL_WORKER_WAKE_H_
