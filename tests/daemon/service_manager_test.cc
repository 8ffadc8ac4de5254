// SPDX-License-Identifier: Apache-2.0
#include "daemon/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "gtest/gtest.h"

namespace tacet {
namespace {

constexpr int64_t kMs = 1'000'000;

// Stands in for systemd: a datagram socket that $NOTIFY_SOCKET names.
class ServiceManagerTest : public testing::Test {
 protected:
  void SetUp() override {
    fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ASSERT_GE(fd_, 0);
    // An abstract address, which the environment spells with @.
    const std::string name = "tacet-notify-" + std::to_string(getpid());
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    ASSERT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 +
                                          name.size())),
              0);
    setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
    setenv("WATCHDOG_USEC", "3000000", 1);
    setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  }
  void TearDown() override {
    close(fd_);
    for (const char* name :
         {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
      unsetenv(name);
    }
  }
  // All that has come, then nothing.
  std::string Received() {
    std::string all;
    char buffer[4096];
    for (ssize_t n; (n = recv(fd_, buffer, sizeof(buffer), 0)) > 0;) {
      all.append(buffer, static_cast<size_t>(n));
    }
    return all;
  }

  int fd_ = -1;
};

TEST_F(ServiceManagerTest, IsReadyOnceAndAsksForPatienceBefore) {
  ServiceManager manager;
  manager.Update(false, true, "waiting", 1);
  std::string text = Received();
  EXPECT_EQ(text.find("READY"), std::string::npos);
  EXPECT_NE(text.find("EXTEND_TIMEOUT_USEC=30000000"), std::string::npos);
  EXPECT_NE(text.find("STATUS=waiting"), std::string::npos);
  manager.Update(true, true, "running", 2);
  EXPECT_EQ(Received(), "READY=1\nSTATUS=running\n");
  manager.Update(true, true, "running", 3);
  EXPECT_EQ(Received(), "");
}

TEST_F(ServiceManagerTest, PingsOnlyWhileHealthy) {
  ServiceManager manager;
  EXPECT_EQ(manager.interval_ms(), 1000);
  manager.Update(true, true, "", 1);
  EXPECT_NE(Received().find("WATCHDOG=1"), std::string::npos);
  manager.Update(true, true, "", 500 * kMs);
  EXPECT_EQ(Received(), "");
  manager.Update(true, true, "", 1100 * kMs);
  EXPECT_EQ(Received(), "WATCHDOG=1\n");
  manager.Update(true, false, "", 2200 * kMs);
  EXPECT_EQ(Received(), "");
}

// systemd hangs, or is stopped: its queue is full, and the daemon goes on.
TEST_F(ServiceManagerTest, AFullQueueHoldsNobodyUpAndIsToldLater) {
  ServiceManager manager;
  for (int i = 0; i < 100'000; ++i) manager.Stopping();
  // It would wait here for ever.
  manager.Update(true, true, "running", 1);
  manager.Update(true, true, "running", 2);
  const std::string before = Received();
  EXPECT_NE(before.find("STOPPING=1"), std::string::npos);
  EXPECT_EQ(before.find("READY"), std::string::npos);
  manager.Update(true, true, "running", 3);
  EXPECT_EQ(Received(), "READY=1\nWATCHDOG=1\nSTATUS=running\n");
  manager.Update(true, true, "running", 4);
  EXPECT_EQ(Received(), "");
}

TEST_F(ServiceManagerTest, AManagerThatIsGoneIsNoMatter) {
  close(fd_);
  fd_ = -1;
  ServiceManager manager;
  manager.Update(true, true, "running", 1);
  manager.Stopping();
}

TEST_F(ServiceManagerTest, ReloadEndsWithReady) {
  ServiceManager manager;
  manager.Update(true, true, "", 1);
  Received();
  manager.Reloading(5'000'000);
  EXPECT_EQ(Received(), "RELOADING=1\nMONOTONIC_USEC=5000");
  manager.Update(true, true, "", 2);
  EXPECT_EQ(Received(), "READY=1\n");
  manager.Stopping();
  EXPECT_EQ(Received(), "STOPPING=1");
}

}  // namespace
}  // namespace tacet
