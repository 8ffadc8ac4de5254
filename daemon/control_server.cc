// SPDX-License-Identifier: Apache-2.0
#include "daemon/control_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/protocol.h"

namespace tacet {
namespace {

// So that a flood of connections cannot hold the loop.
constexpr int kMaxAcceptsPerTurn = 32;
// Of a client that hung up: five reads end any request, a sixth finds the end.
constexpr int kMaxLastTurns = 8;
constexpr int64_t kNanosecondsPerMs = 1'000'000;

int64_t MonotonicNs() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

ControlServerParams::ControlServerParams() : uid(geteuid()) {}

ControlServer::ControlServer(ControlSocket socket, ControlHandler* handler,
                             const ControlServerParams& params)
    : socket_(std::move(socket)), handler_(handler), params_(params) {}

ControlServer::~ControlServer() = default;

void ControlServer::AddPollFds(std::vector<pollfd>* fds) const {
  fds->push_back({socket_.fd(), POLLIN, 0});
  for (const auto& connection : connections_) {
    fds->push_back({connection->fd(), connection->events(), 0});
  }
}

void ControlServer::Handle(std::span<const pollfd> fds, int64_t now_ns) {
  const auto revents_of = [fds](int fd) -> short {
    for (const pollfd& entry : fds) {
      if (entry.fd == fd) return entry.revents;
    }
    return 0;
  };
  // Clients first: who leaves makes room for who comes.
  for (const auto& connection : connections_) {
    connection->Handle(revents_of(connection->fd()), now_ns);
  }
  RemoveClosed();
  if ((revents_of(socket_.fd()) & POLLIN) != 0) Accept(now_ns);
}

void ControlServer::Accept(int64_t now_ns) {
  for (int i = 0; i < kMaxAcceptsPerTurn; ++i) {
    const int fd =
        accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    ucred peer = {};
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
        peer.uid != params_.uid) {
      Refuse(fd, ErrorLine(std::nullopt,
                           absl::StrCat("user ", peer.uid,
                                        " may not control the daemon of user ",
                                        params_.uid)));
    } else if (!HasRoom(now_ns)) {
      Refuse(fd, BusyLine(absl::StrCat("too many connections; at most ",
                                       ControlServerParams::kMaxConnections)));
    } else {
      connections_.push_back(std::make_shared<ControlConnection>(
          fd, handler_, params_.limits, now_ns));
    }
  }
}

bool ControlServer::HasRoom(int64_t now_ns) {
  if (num_connections() < ControlServerParams::kMaxConnections) return true;
  // Some may have hung up since poll looked, the newest before it ever did.
  std::array<pollfd, ControlServerParams::kMaxConnections> fds;
  for (size_t i = 0; i < fds.size(); ++i) {
    fds[i] = {connections_[i]->fd(), 0, 0};  // nothing but POLLHUP, POLLERR
  }
  if (poll(fds.data(), fds.size(), 0) <= 0) return false;
  for (size_t i = 0; i < fds.size(); ++i) {
    // What it asked for is done, as in any turn; what it left is little.
    for (int turn = 0; turn < kMaxLastTurns && fds[i].revents != 0; ++turn) {
      if (!connections_[i]->closed()) {
        connections_[i]->Handle(fds[i].revents, now_ns);
      }
    }
  }
  RemoveClosed();
  return num_connections() < ControlServerParams::kMaxConnections;
}

void ControlServer::RemoveClosed() {
  std::erase_if(connections_,
                [](const auto& connection) { return connection->closed(); });
}

void ControlServer::Refuse(int fd, const std::string& line) {
  // One line always fits into an empty socket.
  (void)send(fd, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  close(fd);
  ++num_refused_;
}

int ControlServer::TimeoutMs(int64_t now_ns) const {
  int64_t due_ns = std::numeric_limits<int64_t>::max();
  for (const auto& connection : connections_) {
    due_ns = std::min(due_ns, connection->due_ns());
  }
  if (due_ns == std::numeric_limits<int64_t>::max()) return -1;
  // Up, so that the loop does not spin in the last millisecond.
  const int64_t ms =
      (std::max<int64_t>(0, due_ns - now_ns) + kNanosecondsPerMs - 1) /
      kNanosecondsPerMs;
  return static_cast<int>(
      std::min<int64_t>(ms, std::numeric_limits<int>::max()));
}

void ControlServer::Drain(int limit_ms) {
  const int64_t end_ns = MonotonicNs() + limit_ms * kNanosecondsPerMs;
  std::vector<pollfd> fds;
  while (true) {
    std::erase_if(connections_, [](const auto& connection) {
      return connection->closed() || !connection->has_output();
    });
    const int64_t now_ns = MonotonicNs();
    if (connections_.empty() || now_ns >= end_ns) break;
    fds.clear();
    for (const auto& connection : connections_) {
      fds.push_back({connection->fd(), POLLOUT, 0});
    }
    poll(fds.data(), fds.size(),
         static_cast<int>((end_ns - now_ns) / kNanosecondsPerMs) + 1);
    for (size_t i = 0; i < fds.size(); ++i) {
      connections_[i]->Handle(fds[i].revents, MonotonicNs());
    }
  }
  connections_.clear();
}

}  // namespace tacet
