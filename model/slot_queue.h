// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_SLOT_QUEUE_H_
#define TACET_MODEL_SLOT_QUEUE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "dsp/realtime.h"

namespace tacet {

// A bounded queue of records between two threads, one writer and one reader,
// who work in the slots themselves, so that nothing is copied or allocated.
//   w − r = fill, 0..capacity; record i lies in slot i mod capacity
// A release store of a position publishes the slot (or the room) before it to
// the acquire load on the other side: wait-free on both.
template <typename Slot>
class SlotQueue {
 public:
  // Takes the slots, at least one, with all the room that they need.
  explicit SlotQueue(std::vector<Slot> slots) : slots_(std::move(slots)) {}

  // The slot to fill next, or null where the queue is full. The writer's until
  // Publish.  Thread: the writer.  Realtime-safe: yes.
  Slot* WriteSlot() noexcept TACET_REALTIME {
    const uint64_t w = written_.load(std::memory_order_relaxed);
    const uint64_t r = read_.load(std::memory_order_acquire);
    return w - r == slots_.size() ? nullptr : &slots_[w % slots_.size()];
  }
  void Publish() noexcept TACET_REALTIME {
    written_.store(written_.load(std::memory_order_relaxed) + 1,
                   std::memory_order_release);
  }

  // The oldest record, or null where there is none. The reader's until
  // Release.  Thread: the reader.  Realtime-safe: yes.
  Slot* ReadSlot() noexcept TACET_REALTIME {
    const uint64_t r = read_.load(std::memory_order_relaxed);
    const uint64_t w = written_.load(std::memory_order_acquire);
    return w == r ? nullptr : &slots_[r % slots_.size()];
  }
  void Release() noexcept TACET_REALTIME {
    read_.store(read_.load(std::memory_order_relaxed) + 1,
                std::memory_order_release);
  }

  // Nothing is waiting.  Thread: any.
  bool is_empty() const noexcept {
    return written_.load(std::memory_order_acquire) ==
           read_.load(std::memory_order_acquire);
  }

 private:
  // On cache lines of their own: each is written on another processor.
  alignas(64) std::atomic<uint64_t> written_ = 0;  // by the writer
  alignas(64) std::atomic<uint64_t> read_ = 0;     // by the reader
  alignas(64) std::vector<Slot> slots_;
};

}  // namespace tacet

#endif  // TACET_MODEL_SLOT_QUEUE_H_
