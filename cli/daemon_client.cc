// SPDX-License-Identifier: Apache-2.0
#include "cli/daemon_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

using Clock = std::chrono::steady_clock;

// While the daemon has no room: others are dropped when they do nothing.
constexpr auto kBusyLimit = std::chrono::seconds(2);
constexpr auto kBusyPause = std::chrono::milliseconds(50);

absl::Status NoDaemon(const std::string& path, const char* why) {
  return absl::UnavailableError(
      absl::StrCat("no daemon runs (", path, ": ", why,
                   "); start it with 'systemctl --user start tacetd'"));
}

absl::Status HungUp() { return absl::UnavailableError("the daemon hung up"); }

}  // namespace

absl::StatusOr<std::unique_ptr<DaemonClient>> DaemonClient::Connect() {
  std::unique_ptr<DaemonClient> client(new DaemonClient);
  const absl::Status status = client->Open();
  if (!status.ok()) return status;
  return client;
}

absl::Status DaemonClient::Open() {
  const absl::StatusOr<std::string> path = ControlSocketPath();
  if (!path.ok()) return path.status();
  if (fd_ >= 0) close(fd_);
  input_.clear();
  fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return absl::ErrnoToStatus(errno, "cannot make a socket");
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path->data(), path->size());
  // A daemon that is stopped must not hold the command up for ever.
  timeval limit = {2, 0};
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) !=
      0) {
    if (errno != EAGAIN) return NoDaemon(*path, std::strerror(errno));
    return absl::UnavailableError(absl::StrCat(
        "the daemon takes no connection (", *path, ": its queue is full)"));
  }
  return absl::OkStatus();
}

DaemonClient::~DaemonClient() {
  if (fd_ >= 0) close(fd_);
}

absl::Status DaemonClient::Send(const std::string& line) {
  size_t sent = 0;
  while (sent < line.size()) {
    const ssize_t count =
        send(fd_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (count >= 0) {
      sent += static_cast<size_t>(count);
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return absl::OkStatus();  // why, the daemon's last line may tell
    } else if (errno != EINTR) {
      return absl::ErrnoToStatus(errno, "cannot talk to the daemon");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> DaemonClient::ReadLine(int timeout_ms) {
  const auto end = Clock::now() + std::chrono::milliseconds(timeout_ms);
  while (true) {
    const size_t newline = input_.find('\n');
    if (newline != input_.npos) {
      std::string line = input_.substr(0, newline);
      input_.erase(0, newline + 1);
      return line;
    }
    if (input_.size() > kMaxAnswerBytes) {
      return absl::InternalError("the daemon's answer has no end");
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - Clock::now());
    if (left.count() < 0) {
      return absl::DeadlineExceededError(
          absl::StrCat("the daemon did not answer within ", timeout_ms, " ms"));
    }
    pollfd wait = {fd_, POLLIN, 0};
    if (poll(&wait, 1, static_cast<int>(left.count()) + 1) <= 0) continue;
    char bytes[65536];
    const ssize_t count = recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count > 0) {
      input_.append(bytes, static_cast<size_t>(count));
    } else if (count == 0 || errno == ECONNRESET) {
      return HungUp();
    } else if (errno != EAGAIN && errno != EINTR) {
      return absl::ErrnoToStatus(errno, "cannot hear the daemon");
    }
  }
}

absl::StatusOr<Json> DaemonClient::Receive(int timeout_ms) {
  const absl::StatusOr<std::string> line = ReadLine(timeout_ms);
  if (!line.ok()) return line.status();
  return ParseAnswer(*line);
}

absl::StatusOr<Json> DaemonClient::Ask(std::string_view command, Json arguments,
                                       int timeout_ms) {
  const std::string request = RequestLine(1, command, std::move(arguments));
  const auto end = Clock::now() + kBusyLimit;
  while (true) {
    absl::Status status = Send(request);
    if (!status.ok()) return status;
    absl::StatusOr<Json> answer = Receive(timeout_ms);
    if (!absl::IsResourceExhausted(answer.status()) || Clock::now() >= end) {
      return answer;
    }
    // It was not heard, so that nothing is done twice.
    std::this_thread::sleep_for(kBusyPause);
    status = Open();
    if (!status.ok()) return status;
  }
}

}  // namespace tacet
