// SPDX-License-Identifier: Apache-2.0
#include "daemon/instance_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace tacet {

absl::StatusOr<InstanceLock> InstanceLock::Take(const std::string& folder) {
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return absl::ErrnoToStatus(errno, absl::StrCat(folder, ": cannot make it"));
  }
  const std::string path = absl::StrCat(folder, "/lock");
  InstanceLock lock(
      open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.fd_ < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot open it"));
  }
  if (flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot lock it"));
    }
    char holder[32] = {};
    const ssize_t size = pread(lock.fd_, holder, sizeof(holder) - 1, 0);
    return absl::AlreadyExistsError(absl::StrCat(
        "another tacetd runs already (process ",
        size > 0 ? absl::StripAsciiWhitespace(holder) : "unknown", ")"));
  }
  // For people and for the message above; the lock does not depend on it.
  const std::string pid = absl::StrCat(getpid(), "\n");
  if (ftruncate(lock.fd_, 0) == 0) {
    [[maybe_unused]] const ssize_t written =
        pwrite(lock.fd_, pid.data(), pid.size(), 0);
  }
  return lock;
}

InstanceLock::~InstanceLock() {
  if (fd_ >= 0) close(fd_);
}

int InstanceLock::KeepForExec() {
  fcntl(fd_, F_SETFD, 0);
  return std::exchange(fd_, -1);
}

}  // namespace tacet
