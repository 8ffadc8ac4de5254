// SPDX-License-Identifier: Apache-2.0
#include "daemon/realtime_scheduling.h"

#include <sched.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "gtest/gtest.h"

namespace tacet {
namespace {

// Whatever this machine grants, the report is the truth.
TEST(RealtimeScheduling, ReportsWhatTheThreadReallyHas) {
  RealtimeGrant grant;
  int policy = -1;
  std::thread([&] {
    grant = MakeThreadRealtime(gettid());
    policy = sched_getscheduler(0);
  }).join();
  const bool is_realtime = (policy & ~SCHED_RESET_ON_FORK) == SCHED_FIFO ||
                           (policy & ~SCHED_RESET_ON_FORK) == SCHED_RR;
  EXPECT_EQ(grant.kind != RealtimeKind::kNone, is_realtime) << grant.detail;
  EXPECT_EQ(grant.detail.empty(), is_realtime);
}

TEST(RealtimeScheduling, OffLeavesTheThreadAsItIs) {
  RealtimeGrant grant;
  int policy = -1;
  std::thread([&] {
    const int before = sched_getscheduler(0);
    grant = RequestRealtime(false, gettid());
    policy = sched_getscheduler(0) - before;
  }).join();
  EXPECT_EQ(policy, 0);
  EXPECT_EQ(grant.kind, RealtimeKind::kNone);
  EXPECT_EQ(grant.detail, "daemon.realtime is off");
}

TEST(RealtimeScheduling, FindsTheIdAndTheScheduleOfAThread) {
  std::promise<pid_t> id;
  std::promise<void> end;
  std::thread thread([&] {
    id.set_value(gettid());
    end.get_future().wait();
  });
  const pid_t expected = id.get_future().get();
  EXPECT_EQ(ThreadId(thread.native_handle()), expected);
  const RealtimeGrant grant = MakeThreadRealtime(expected);
  EXPECT_EQ(ObservedRealtime(thread.native_handle()) != RealtimeKind::kNone,
            grant.kind != RealtimeKind::kNone);
  end.set_value();
  thread.join();
}

TEST(RealtimeScheduling, SaysWhyNotForAThreadThatIsNotOurs) {
  const RealtimeGrant grant = MakeThreadRealtime(0x7ffffff0);
  EXPECT_EQ(grant.kind, RealtimeKind::kNone);
  EXPECT_NE(grant.detail.find("rlimit: "), std::string::npos) << grant.detail;
}

}  // namespace
}  // namespace tacet
