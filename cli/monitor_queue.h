// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_MONITOR_QUEUE_H_
#define TACET_CLI_MONITOR_QUEUE_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>

namespace tacet {

// Events that wait for one browser. Whole events only: one that does not fit
// is left out, and the page tells from the numbers in the next.
// Thread: one.
class MonitorQueue {
 public:
  static constexpr size_t kMaxBytes = size_t{1} << 20;

  // Events are shared between browsers. False: there is no room.
  bool Push(std::shared_ptr<const std::string> event);
  // Takes the oldest bytes; says how many.
  size_t Read(std::span<char> bytes);
  bool empty() const { return events_.empty(); }
  size_t num_bytes() const { return num_bytes_; }

 private:
  std::deque<std::shared_ptr<const std::string>> events_;
  size_t num_bytes_ = 0;  // that wait
  size_t begin_ = 0;      // of what waits of the first event
};

}  // namespace tacet

#endif  // TACET_CLI_MONITOR_QUEUE_H_
