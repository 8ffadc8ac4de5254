// SPDX-License-Identifier: Apache-2.0
#include "cli/monitor_command.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>

#include "absl/status/statusor.h"
#include "cli/monitor_server.h"
#include "cli/monitor_source.h"

namespace tacet {
namespace {

int64_t NowNs() {
  return std::chrono::steady_clock::now().time_since_epoch() /
         std::chrono::nanoseconds(1);
}

// From now on these signals are read from the descriptor.
int OpenSignals() {
  signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    sigaddset(&signals, number);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

// The sooner one; -1 is never.
int Sooner(int a, int b) {
  if (a < 0) return b;
  return b < 0 || a < b ? a : b;
}

void Serve(MonitorServer* server, int signal_fd) {
  MonitorSource source([server](std::string_view name, const Json& data) {
    server->Publish(name, data);
  });
  while (true) {
    const int64_t now_ns = NowNs();
    source.SetWatched(server->num_streams() > 0);
    pollfd fds[] = {{signal_fd, POLLIN, 0},
                    {server->fd(), POLLIN, 0},
                    {source.fd(), POLLIN, 0}};
    poll(fds, std::size(fds),
         Sooner(server->TimeoutMs(now_ns), source.TimeoutMs(now_ns)));
    if (fds[0].revents != 0) return;
    source.Run(NowNs());
    server->Run(NowNs());
  }
}

}  // namespace

absl::Status RunMonitor(int port) {
  const int signal_fd = OpenSignals();
  if (signal_fd < 0) {
    return absl::ErrnoToStatus(errno, "cannot wait for signals");
  }
  const absl::StatusOr<std::unique_ptr<MonitorServer>> server =
      MonitorServer::Start(port);
  absl::Status status = server.status();
  if (status.ok()) {
    std::printf("%s\nOpen this address in a browser; Ctrl-C ends it.\n",
                (*server)->address().Url().c_str());
    if (std::fflush(stdout) != 0) {
      status = absl::ErrnoToStatus(errno, "standard output: cannot write");
    } else {
      Serve(server->get(), signal_fd);
    }
  }
  close(signal_fd);
  return status;
}

}  // namespace tacet
