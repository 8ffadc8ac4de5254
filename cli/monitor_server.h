// SPDX-License-Identifier: Apache-2.0
// The monitor's page over HTTP, for browsers of this machine.
#ifndef TACET_CLI_MONITOR_SERVER_H_
#define TACET_CLI_MONITOR_SERVER_H_

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "cli/monitor_access.h"
#include "daemon/protocol.h"

struct MHD_Connection;
struct MHD_Daemon;

namespace tacet {

// Listens on 127.0.0.1 alone and answers whom CheckAccess lets in. The files
// are compiled in; no path leads to the file system. Runs inside the caller's
// poll loop and never blocks. Memory and time are bounded:
//   - kMaxConnections; beyond them, clients wait in the system's queue,
//   - a request's line and headers have kMaxRequestBytes (else 414 or 431) and
//     all of it kRequestMs from the connection's first moment, else it is cut,
//   - kMaxStreams browsers; the next is told 503. One that does not read loses
//     events (MonitorQueue), and is cut after kStalledS.
// Thread: one.
class MonitorServer {
 public:
  static constexpr int kMaxConnections = 32;
  static constexpr int kMaxStreams = 16;
  static constexpr int kMaxRequestBytes = 16 << 10;
  static constexpr int kRequestMs = 5000;
  static constexpr int kStalledS = 10;

  // port  0: any that is free.
  // Errors: those of binding it, with its number.
  static absl::StatusOr<std::unique_ptr<MonitorServer>> Start(int port);
  ~MonitorServer();

  MonitorServer(const MonitorServer&) = delete;
  MonitorServer& operator=(const MonitorServer&) = delete;

  const MonitorAddress& address() const { return address_; }

  // Poll this for input, and for no longer than this; then Run.
  int fd() const;
  int TimeoutMs(int64_t now_ns) const;
  void Run(int64_t now_ns);

  // Browsers that watch.
  int num_streams() const { return static_cast<int>(streams_.size()); }
  // Sends all of them an event (server-sent events of the HTML standard).
  void Publish(std::string_view name, const Json& data);

 private:
  struct Stream;
  struct Callbacks;  // those of libmicrohttpd

  MonitorServer() = default;
  int Answer(MHD_Connection* connection, const MonitorRequest& request);
  int OpenStream(MHD_Connection* connection);

  MHD_Daemon* http_ = nullptr;
  MonitorAddress address_;
  int64_t now_ns_ = 0;
  // Connections that are not streams, and when each is cut.
  std::map<MHD_Connection*, int64_t> due_ns_;
  std::list<Stream> streams_;
  bool is_ending_ = false;
};

}  // namespace tacet

#endif  // TACET_CLI_MONITOR_SERVER_H_
