// SPDX-License-Identifier: Apache-2.0
// A control server whose clock is the test's, so that every time-out is exact
// and no test waits.
#ifndef TACET_TESTS_DAEMON_CONTROL_SERVER_FIXTURE_H_
#define TACET_TESTS_DAEMON_CONTROL_SERVER_FIXTURE_H_

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/control_server.h"
#include "tests/daemon/control_fake_handler.h"

namespace tacet {

inline constexpr int64_t kMs = 1'000'000;

class Client {
 public:
  explicit Client(const std::string& path)
      : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(
        connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0)
        << std::strerror(errno);
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Bytes that the socket took; -1 when the server hung up.
  ssize_t Send(std::string_view text) {
    const ssize_t count = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    return count < 0 && errno == EAGAIN ? 0 : count;
  }
  // Takes all that is there; sets hung_up.
  std::string Receive() {
    std::string text;
    char bytes[65536];
    while (true) {
      const ssize_t count = recv(fd_, bytes, sizeof bytes, 0);
      if (count > 0) {
        text.append(bytes, static_cast<size_t>(count));
        continue;
      }
      hung_up_ = count == 0 || errno == ECONNRESET;
      return text;
    }
  }
  bool HungUp() {
    Receive();
    return hung_up_;
  }
  void EndInput() { shutdown(fd_, SHUT_WR); }

 private:
  int fd_;
  bool hung_up_ = false;
};

class ControlServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = "/tmp/tacet_server_" + std::to_string(getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    path_ = folder_ + "/tacet/control.sock";
    Start({});
  }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Start(const ControlServerParams& params) {
    server_.reset();
    auto socket = ControlSocket::Listen(path_);
    ASSERT_TRUE(socket.ok()) << socket.status();
    server_ =
        std::make_unique<ControlServer>(*std::move(socket), &daemon_, params);
  }

  // One turn of the daemon's loop.
  void Turn() {
    std::vector<pollfd> fds;
    server_->AddPollFds(&fds);
    poll(fds.data(), fds.size(), 0);
    server_->Handle(fds, now_ns_);
  }
  // Turns until nothing is due any more.
  void Settle() {
    for (int i = 0; i < 200; ++i) Turn();
  }
  void Advance(int64_t ms) {
    now_ns_ += ms * kMs;
    Settle();
  }
  std::unique_ptr<Client> Connect() {
    auto client = std::make_unique<Client>(path_);
    Settle();
    return client;
  }
  std::string Ask(Client& client, std::string_view text) {
    EXPECT_EQ(client.Send(text), static_cast<ssize_t>(text.size()));
    Settle();
    return client.Receive();
  }
  static int NumLines(const std::string& text) {
    return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  }

  std::string folder_;
  std::string path_;
  FakeHandler daemon_;
  int64_t now_ns_ = 1'000'000 * kMs;
  std::unique_ptr<ControlServer> server_;
};

inline const std::string kStatus = "{\"v\":1,\"id\":5,\"cmd\":\"status\"}\n";

}  // namespace tacet

#endif  // TACET_TESTS_DAEMON_CONTROL_SERVER_FIXTURE_H_
