// SPDX-License-Identifier: Apache-2.0
// Real time through RTKit: one that says yes, no, nothing, or is not there, on
// a message bus of its own.
#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemon/realtime_scheduling.h"
#include "gtest/gtest.h"
#include "tests/daemon/child_process.h"

namespace tacet {
namespace {

constexpr int kLimitMs = 30000;  // for a busy machine

// This thread alone, whatever the process may.
void DropSysNice() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  ASSERT_EQ(syscall(SYS_capget, &header, data), 0);
  data[0].effective &= ~(1u << CAP_SYS_NICE);
  ASSERT_EQ(syscall(SYS_capset, &header, data), 0);
}

class RtkitTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!IsInstalled("dbus-daemon")) GTEST_SKIP() << "no dbus-daemon";
    ASSERT_EQ(getrlimit(RLIMIT_RTPRIO, &rtprio_), 0);
    const rlimit none = {0, rtprio_.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_RTPRIO, &none), 0);
    setenv("DBUS_SYSTEM_BUS_ADDRESS", Address("bus").c_str(), 1);
  }
  void TearDown() override {
    setrlimit(RLIMIT_RTPRIO, &rtprio_);
    unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  }

  std::string File(const std::string& name) const {
    return absl::StrCat(folder_.path(), "/", name);
  }
  std::string Address(const std::string& name) const {
    return absl::StrCat("unix:path=", File(name));
  }
  void StartBus() {
    bus_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{"dbus-daemon", "--session", "--nofork",
                                 absl::StrCat("--address=", Address("bus"))},
        File("bus_log"));
    ASSERT_TRUE(WaitUntil(
        [&] { return access(File("bus").c_str(), F_OK) == 0; }, kLimitMs));
  }
  void StartRtkit(const std::string& manner) {
    StartBus();
    rtkit_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{TACET_RTKIT_FAKE, manner}, File("rtkit"));
    ASSERT_TRUE(WaitUntil(
        [&] { return absl::StrContains(Requests(), "ready"); }, kLimitMs));
  }
  std::string Requests() const {
    const std::vector<char> all = ReadAll(File("rtkit"));
    return std::string(all.begin(), all.end());
  }

  struct Outcome {
    RealtimeGrant grant;
    RealtimeKind observed = RealtimeKind::kNone;
    pid_t thread = 0;
    double seconds = 0.0;
  };
  // On a thread that may not help itself.
  static Outcome Ask() {
    Outcome outcome;
    std::thread([&] {
      DropSysNice();
      outcome.thread = gettid();
      const auto start = std::chrono::steady_clock::now();
      outcome.grant = MakeThreadRealtime(gettid());
      outcome.seconds = std::chrono::duration<double>(
                            std::chrono::steady_clock::now() - start)
                            .count();
      outcome.observed = ObservedRealtime(pthread_self());
    }).join();
    return outcome;
  }

  TemporaryFolder folder_;
  rlimit rtprio_ = {};
  std::unique_ptr<ChildProcess> bus_, rtkit_;
};

void ExpectNone(const RealtimeGrant& grant, const std::string& why) {
  EXPECT_EQ(grant.kind, RealtimeKind::kNone);
  EXPECT_TRUE(absl::StartsWith(grant.detail,
                               "rlimit: Operation not permitted; rtkit: "))
      << grant.detail;
  EXPECT_TRUE(absl::StrContains(grant.detail, why)) << grant.detail;
}

TEST_F(RtkitTest, GrantsWhatTheLimitsRefuse) {
  const sched_param own = {.sched_priority = 1};
  const sched_param none = {};
  if (sched_setscheduler(0, SCHED_RR, &own) != 0) {
    GTEST_SKIP() << "the one that stands in may not grant anything itself";
  }
  sched_setscheduler(0, SCHED_OTHER, &none);
  StartRtkit("grant");
  const Outcome outcome = Ask();
  EXPECT_EQ(outcome.grant.kind, RealtimeKind::kRtkit) << outcome.grant.detail;
  EXPECT_EQ(outcome.grant.detail, "");
  EXPECT_EQ(outcome.observed, RealtimeKind::kRtkit);
  EXPECT_EQ(Requests(), absl::StrCat("ready\n", outcome.thread, " ",
                                     kRealtimePriority, "\n"));
}

TEST_F(RtkitTest, SaysWhyItRefused) {
  StartRtkit("refuse");
  const Outcome outcome = Ask();
  ExpectNone(outcome.grant, "not for you, says the policy");
  EXPECT_EQ(outcome.observed, RealtimeKind::kNone);
  EXPECT_NE(Requests(), "ready\n");
}

TEST_F(RtkitTest, OneThatDoesNotAnswerIsLeftAlone) {
  StartRtkit("silent");
  const Outcome outcome = Ask();
  ExpectNone(outcome.grant, "");
  EXPECT_NE(Requests(), "ready\n");
  EXPECT_LT(outcome.seconds, 20.0);  // the bus's own limit is 25 s
}

TEST_F(RtkitTest, ABusWithoutItIsTold) {
  StartBus();
  ExpectNone(Ask().grant, "org.freedesktop.RealtimeKit1");
}

TEST_F(RtkitTest, NoBusIsTold) {
  ExpectNone(Ask().grant, "No such file or directory");
}

// It takes connections, as a socket's queue does, and never lets us in.
TEST_F(RtkitTest, ABusThatHangsIsLeftAlone) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = File("bus");
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  std::ranges::copy(path, address.sun_path);
  ASSERT_EQ(
      bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
      0);
  ASSERT_EQ(listen(fd, 5), 0);
  const Outcome outcome = Ask();
  close(fd);
  ExpectNone(outcome.grant, "timed out");
  EXPECT_LT(outcome.seconds, 20.0);  // the library's own limit is 90 s
}

}  // namespace
}  // namespace tacet
