// SPDX-License-Identifier: Apache-2.0
// The daemon's end of the control socket.
#ifndef TACET_DAEMON_CONTROL_SERVER_H_
#define TACET_DAEMON_CONTROL_SERVER_H_

#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daemon/control_connection.h"
#include "daemon/control_handler.h"
#include "daemon/control_socket.h"

namespace tacet {

struct ControlServerParams {
  static constexpr int kMaxConnections = 16;
  // A peer of another user is refused.
  uid_t uid;  // set by the constructor to the daemon's own
  ControlLimits limits;

  ControlServerParams();
};

// Serves JSON lines inside the caller's poll loop; owns no thread and never
// blocks. Whatever the clients do, one call of Handle reads, answers and
// accepts a bounded amount, and memory is bounded:
//   - more than kMaxConnections, those not counted that have hung up: the
//     newest gets a busy line and is closed,
//   - a line over kMaxRequestBytes or that is no request: an error line,
//   closed,
//   - an answer that is not read, half a request, a client that asks for
//     nothing: closed after the times in ControlLimits.
//
//   loop: fds = other descriptors; server->AddPollFds(&fds);
//         poll(fds, min(server->TimeoutMs(now), ...)); server->Handle(fds, now)
//
// Thread: control.  Realtime-safe: no.
class ControlServer {
 public:
  // socket   see control_socket.h; it is removed when the server goes
  // handler  outlives the server
  ControlServer(ControlSocket socket, ControlHandler* handler,
                const ControlServerParams& params = {});
  ~ControlServer();

  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  // Appends what to wait for.
  void AddPollFds(std::vector<pollfd>* fds) const;

  // Does what is due. Entries of `fds` that are not the server's are ignored.
  //   now_ns  of a clock that never goes back
  void Handle(std::span<const pollfd> fds, int64_t now_ns);

  // Milliseconds until Handle is due again whatever poll says; -1: never.
  int TimeoutMs(int64_t now_ns) const;

  // Sends what is left to be sent, for at most `limit_ms`, and closes all
  // connections. For the answer to `stop`.
  void Drain(int limit_ms);

  int num_connections() const { return static_cast<int>(connections_.size()); }
  int64_t num_refused() const { return num_refused_; }
  // Leaves the socket open and in place for a program that is executed next;
  // gives the descriptor for ControlSocket::Adopt.
  int KeepForExec() { return socket_.KeepForExec(); }

 private:
  void Accept(int64_t now_ns);
  // Whether there is room for one more, once those who have hung up are gone.
  bool HasRoom(int64_t now_ns);
  void RemoveClosed();
  void Refuse(int fd, const std::string& line);

  ControlSocket socket_;
  ControlHandler* const handler_;
  const ControlServerParams params_;
  std::vector<std::shared_ptr<ControlConnection>> connections_;
  int64_t num_refused_ = 0;
};

}  // namespace tacet

#endif  // TACET_DAEMON_CONTROL_SERVER_H_
