// SPDX-License-Identifier: Apache-2.0
// The latest value, from one thread to another.
#ifndef TACET_DAEMON_TRIPLE_BUFFER_H_
#define TACET_DAEMON_TRIPLE_BUFFER_H_

#include <array>
#include <atomic>
#include <cstdint>

#include "dsp/realtime.h"

namespace tacet {

// One writer, one reader; older values that were not read are gone. Of three
// slots each thread holds one, and they exchange theirs with the third: wait-
// free, and no value is ever seen half written.
//   T  plain value
template <typename T>
class TripleBuffer {
 public:
  // Thread: the writer.  Realtime-safe: yes.
  void Write(const T& value) noexcept TACET_REALTIME {
    slots_[back_] = value;
    back_ = middle_.exchange(back_ | kFresh, std::memory_order_acq_rel) &
            kIndexMask;
  }

  // The latest value written, T() before the first.
  // Thread: the reader.  Realtime-safe: yes.
  const T& Read() noexcept TACET_REALTIME {
    if ((middle_.load(std::memory_order_relaxed) & kFresh) != 0) {
      front_ = middle_.exchange(front_, std::memory_order_acq_rel) & kIndexMask;
    }
    return slots_[front_];
  }

 private:
  static constexpr uint8_t kFresh = 4;
  static constexpr uint8_t kIndexMask = 3;

  std::array<T, 3> slots_{};
  uint8_t back_ = 0;   // the writer's
  uint8_t front_ = 1;  // the reader's
  std::atomic<uint8_t> middle_ = 2;
};

}  // namespace tacet

#endif  // TACET_DAEMON_TRIPLE_BUFFER_H_
