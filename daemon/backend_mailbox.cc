// SPDX-License-Identifier: Apache-2.0
#include "daemon/backend_mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace tacet {

BackendMailbox::BackendMailbox()
    : event_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

BackendMailbox::~BackendMailbox() {
  if (event_fd_ >= 0) close(event_fd_);
}

void BackendMailbox::Clear() {
  uint64_t count;
  // Nothing to read is as good as read.
  [[maybe_unused]] const ssize_t n = read(event_fd_, &count, sizeof(count));
}

void BackendMailbox::Poke() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = write(event_fd_, &one, sizeof(one));
}

BackendStatus BackendMailbox::status() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return status_;
}

void BackendMailbox::Post(const BackendStatus& status) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    status_ = status;
  }
  Poke();
}

std::vector<DeviceInfo> BackendMailbox::devices() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return devices_;
}

void BackendMailbox::PostDevices(std::vector<DeviceInfo> devices) {
  const std::lock_guard<std::mutex> lock(mutex_);
  devices_ = std::move(devices);
}

}  // namespace tacet
