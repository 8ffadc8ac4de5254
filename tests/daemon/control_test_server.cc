// SPDX-License-Identifier: Apache-2.0
// A daemon without audio behind the real control socket:
//   control_test_server        serves until it is told to stop, prints "ready"
#include <poll.h>

#include <cstdio>
#include <ctime>
#include <utility>
#include <vector>

#include "daemon/control_server.h"
#include "daemon/control_socket.h"
#include "tests/daemon/control_fake_handler.h"

namespace {

int64_t NowNs() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace

int main() {
  const auto path = tacet::ControlSocketPath();
  if (!path.ok()) return Fail(path.status());
  auto socket = tacet::ControlSocket::Listen(*path);
  if (!socket.ok()) return Fail(socket.status());
  tacet::FakeHandler handler;
  tacet::ControlServer server(*std::move(socket), &handler);
  std::puts("ready");
  std::fflush(stdout);
  std::vector<pollfd> fds;
  while (!handler.stopped) {
    fds.clear();
    server.AddPollFds(&fds);
    poll(fds.data(), fds.size(), server.TimeoutMs(NowNs()));
    server.Handle(fds, NowNs());
  }
  server.Drain(1000);
  return 0;
}
