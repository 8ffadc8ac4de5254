// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_INSTANCE_LOCK_H_
#define TACET_DAEMON_INSTANCE_LOCK_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace tacet {

// One daemon per user: a lock on `folder`/lock that ends with the process,
// however it ends. The file stays; only the lock counts.  Thread: control.
class InstanceLock {
 public:
  // Makes the folder (0700) where it is missing.
  // Errors: AlreadyExists when another process holds the lock, naming its
  // process id; those of the system.
  static absl::StatusOr<InstanceLock> Take(const std::string& folder);
  // What KeepForExec gave the program before.
  static InstanceLock Adopt(int fd) { return InstanceLock(fd); }

  InstanceLock(InstanceLock&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)) {}
  InstanceLock& operator=(InstanceLock&&) = delete;
  ~InstanceLock();

  // From now on the lock survives exec, and this object leaves it alone.
  int KeepForExec();

 private:
  explicit InstanceLock(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace tacet

#endif  // TACET_DAEMON_INSTANCE_LOCK_H_
