// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_CONTROL_SOCKET_H_
#define TACET_DAEMON_CONTROL_SOCKET_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace tacet {

// A listening Unix socket and its file. Removes the file when it goes.
// Thread: control.
class ControlSocket {
 public:
  // Makes the folder (0700) and the socket in it (0600). A socket file that
  // nobody listens on, left by a daemon that was killed, is replaced.
  // Errors: AlreadyExists when a daemon listens there; PermissionDenied when
  // the folder is another user's; those of the system.
  static absl::StatusOr<ControlSocket> Listen(const std::string& path);

  // Takes over what another program kept with KeepForExec.
  // Errors: InvalidArgument when `fd` does not listen on `path`.
  static absl::StatusOr<ControlSocket> Adopt(int fd, const std::string& path);

  ControlSocket(ControlSocket&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        path_(std::exchange(other.path_, std::string())) {}
  ControlSocket& operator=(ControlSocket&&) = delete;
  ~ControlSocket();

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }

  // From now on the descriptor survives exec, and this object leaves it and
  // the file alone.
  int KeepForExec();

 private:
  ControlSocket(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  int fd_;
  std::string path_;
};

}  // namespace tacet

#endif  // TACET_DAEMON_CONTROL_SOCKET_H_
