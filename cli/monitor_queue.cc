// SPDX-License-Identifier: Apache-2.0
#include "cli/monitor_queue.h"

#include <algorithm>
#include <utility>

namespace tacet {

bool MonitorQueue::Push(std::shared_ptr<const std::string> event) {
  if (event->empty() || event->size() > kMaxBytes - num_bytes_) return false;
  num_bytes_ += event->size();
  events_.push_back(std::move(event));
  return true;
}

size_t MonitorQueue::Read(std::span<char> bytes) {
  size_t count = 0;
  while (count < bytes.size() && !events_.empty()) {
    const std::string& event = *events_.front();
    const size_t part = std::min(bytes.size() - count, event.size() - begin_);
    std::copy_n(event.begin() + static_cast<ptrdiff_t>(begin_), part,
                bytes.begin() + static_cast<ptrdiff_t>(count));
    count += part;
    begin_ += part;
    if (begin_ < event.size()) break;
    events_.pop_front();
    begin_ = 0;
  }
  num_bytes_ -= count;
  return count;
}

}  // namespace tacet
