// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_DAEMON_CLIENT_H_
#define TACET_CLI_DAEMON_CLIENT_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/protocol.h"

namespace tacet {

// The command's end of the control socket (docs/protocol.md).
// Thread: one.
class DaemonClient {
 public:
  // Errors: Unavailable when no daemon listens, with what to do about it; that
  // of ControlSocketPath.
  static absl::StatusOr<std::unique_ptr<DaemonClient>> Connect();
  ~DaemonClient();

  DaemonClient(const DaemonClient&) = delete;
  DaemonClient& operator=(const DaemonClient&) = delete;

  // Sends a request and waits for its answer. A daemon that has no room for
  // one more connection is asked again, over a new one, for up to 2 s.
  // Errors: the daemon's own words (FailedPrecondition; ResourceExhausted when
  // it had no room all the time); DeadlineExceeded; Unavailable when the daemon
  // hung up.
  absl::StatusOr<Json> Ask(std::string_view command, Json arguments,
                           int timeout_ms);

  // The next line of any kind, e.g. a meters frame after `subscribe`.
  absl::StatusOr<Json> Receive(int timeout_ms);
  // Whether Receive has a line without waiting for the socket.
  bool HasLine() const { return input_.find('\n') != input_.npos; }

  // To poll for input; Ask may change it.
  int fd() const { return fd_; }

 private:
  DaemonClient() = default;

  // Instead of the connection there was.
  absl::Status Open();
  absl::Status Send(const std::string& line);
  absl::StatusOr<std::string> ReadLine(int timeout_ms);

  int fd_ = -1;
  std::string input_;
};

}  // namespace tacet

#endif  // TACET_CLI_DAEMON_CLIENT_H_
