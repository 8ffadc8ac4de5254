// SPDX-License-Identifier: Apache-2.0
#include "daemon/control_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

namespace tacet {
namespace {

namespace fs = std::filesystem;

class ControlSocketTest : public ::testing::Test {
 protected:
  void SetUp() override {
    base_ = "/tmp/tacet_socket_" + std::to_string(getpid());
    fs::remove_all(base_);
    fs::create_directories(base_);
    path_ = base_ + "/tacet/control.sock";
  }
  void TearDown() override { fs::remove_all(base_); }

  static mode_t ModeOf(const std::string& path) {
    struct stat about = {};
    EXPECT_EQ(lstat(path.c_str(), &about), 0) << path;
    return about.st_mode & 0777;
  }

  // A socket file as a killed daemon leaves it.
  void LeaveStale() {
    fs::create_directories(base_ + "/tacet");
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address),
              0);
    ASSERT_EQ(listen(fd, 1), 0);
    close(fd);
  }

  std::string base_;
  std::string path_;
};

TEST_F(ControlSocketTest, OnlyTheUserReachesIt) {
  const mode_t mask = umask(0);
  const auto socket = ControlSocket::Listen(path_);
  umask(mask);
  ASSERT_TRUE(socket.ok()) << socket.status();
  EXPECT_EQ(ModeOf(path_), 0600u);
  EXPECT_EQ(ModeOf(base_ + "/tacet"), 0700u);
  EXPECT_EQ(fcntl(socket->fd(), F_GETFD), FD_CLOEXEC);
}

TEST_F(ControlSocketTest, ClosesALooseFolder) {
  fs::create_directories(base_ + "/tacet");
  ASSERT_EQ(chmod((base_ + "/tacet").c_str(), 0777), 0);
  ASSERT_TRUE(ControlSocket::Listen(path_).ok());
  EXPECT_EQ(ModeOf(base_ + "/tacet"), 0700u);
}

TEST_F(ControlSocketTest, LeavesNoFileBehind) {
  { ASSERT_TRUE(ControlSocket::Listen(path_).ok()); }
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(ControlSocketTest, ReplacesADeadDaemonsSocket) {
  LeaveStale();
  ASSERT_TRUE(fs::exists(path_));
  EXPECT_TRUE(ControlSocket::Listen(path_).ok());
}

TEST_F(ControlSocketTest, RefusesWhileADaemonListens) {
  const auto first = ControlSocket::Listen(path_);
  ASSERT_TRUE(first.ok());
  const auto second = ControlSocket::Listen(path_);
  EXPECT_EQ(second.status().message(), path_ + ": another tacetd is running");
  EXPECT_TRUE(fs::exists(path_)) << "the live socket was removed";
}

TEST_F(ControlSocketTest, RemovesNothingButSockets) {
  fs::create_directories(base_ + "/tacet");
  std::ofstream(path_) << "precious";
  EXPECT_TRUE(absl::IsAlreadyExists(ControlSocket::Listen(path_).status()));
  EXPECT_EQ(fs::file_size(path_), 8u);
}

TEST_F(ControlSocketTest, RefusesALinkAsItsFolder) {
  fs::create_directories(base_ + "/elsewhere");
  fs::create_directory_symlink(base_ + "/elsewhere", base_ + "/tacet");
  EXPECT_FALSE(ControlSocket::Listen(path_).ok());
  EXPECT_TRUE(fs::is_empty(base_ + "/elsewhere"));
}

TEST_F(ControlSocketTest, RefusesAnotherUsersFolder) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  fs::create_directories(base_ + "/tacet");
  ASSERT_EQ(chown((base_ + "/tacet").c_str(), 12345, 12345), 0);
  EXPECT_EQ(ControlSocket::Listen(path_).status().message(),
            base_ + "/tacet: belongs to user 12345, must belong to user 0");
}

TEST_F(ControlSocketTest, RefusesAPathThatIsTooLong) {
  EXPECT_TRUE(absl::IsInvalidArgument(
      ControlSocket::Listen(base_ + "/" + std::string(100, 'a') + "/s")
          .status()));
}

TEST_F(ControlSocketTest, CanBeHandedToAnotherProgram) {
  int fd = -1;
  {
    auto socket = ControlSocket::Listen(path_);
    ASSERT_TRUE(socket.ok());
    fd = socket->KeepForExec();
  }
  EXPECT_TRUE(fs::exists(path_));
  EXPECT_EQ(fcntl(fd, F_GETFD), 0);
  {
    const auto adopted = ControlSocket::Adopt(fd, path_);
    ASSERT_TRUE(adopted.ok()) << adopted.status();
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
  }
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(ControlSocketTest, AdoptsNothingElse) {
  const auto socket = ControlSocket::Listen(path_);
  ASSERT_TRUE(socket.ok());
  EXPECT_FALSE(ControlSocket::Adopt(socket->fd(), base_ + "/other").ok());
  EXPECT_FALSE(ControlSocket::Adopt(STDIN_FILENO, path_).ok());
  EXPECT_FALSE(ControlSocket::Adopt(-1, path_).ok());
}

}  // namespace
}  // namespace tacet
