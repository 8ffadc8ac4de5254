// SPDX-License-Identifier: Apache-2.0
#include "daemon/realtime_scheduling.h"

#include <sched.h>
#include <sys/resource.h>
#include <systemd/sd-bus.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

constexpr rlim_t kMaxRunUs = 200'000;

void LimitRunTime() {
  rlimit limit;
  if (getrlimit(RLIMIT_RTTIME, &limit) != 0) return;
  limit.rlim_max = std::min(limit.rlim_max, kMaxRunUs);
  limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
  setrlimit(RLIMIT_RTTIME, &limit);
}

bool BySchedSetScheduler(pid_t thread, std::string* why) {
  sched_param param = {};
  param.sched_priority = kRealtimePriority;
  if (sched_setscheduler(thread, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) ==
      0) {
    return true;
  }
  *why = absl::StrCat("rlimit: ", std::strerror(errno));
  return false;
}

int64_t NowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Until the bus has let us in. Without it the call would wait for that first, a
// minute and a half with a bus that does not answer. Below 0: an errno.
int WaitUntilReady(sd_bus* bus) {
  const int64_t limit_us = NowUs() + 1000 * kRtkitTimeoutMs;
  for (;;) {
    int result = sd_bus_is_ready(bus);
    if (result != 0) return result;
    result = sd_bus_process(bus, nullptr);
    if (result < 0) return result;
    if (result > 0) continue;
    const int64_t left_us = limit_us - NowUs();
    if (left_us <= 0) return -ETIMEDOUT;
    result = sd_bus_wait(bus, static_cast<uint64_t>(left_us));
    if (result < 0 && result != -EINTR) return result;
  }
}

bool ByRtkit(pid_t thread, std::string* why) {
  sd_bus* bus = nullptr;
  // Not flushed: that would wait, too.
  const absl::Cleanup unref = [&bus] { sd_bus_close_unref(bus); };
  sd_bus_error error = SD_BUS_ERROR_NULL;
  const absl::Cleanup free_error = [&error] { sd_bus_error_free(&error); };
  int result = sd_bus_open_system(&bus);
  if (result >= 0) result = WaitUntilReady(bus);
  if (result >= 0) {
    sd_bus_set_method_call_timeout(bus, uint64_t{1000} * kRtkitTimeoutMs);
    result = sd_bus_call_method(
        bus, "org.freedesktop.RealtimeKit1", "/org/freedesktop/RealtimeKit1",
        "org.freedesktop.RealtimeKit1", "MakeThreadRealtime", &error, nullptr,
        "tu", static_cast<uint64_t>(thread),
        static_cast<uint32_t>(kRealtimePriority));
  }
  if (result >= 0) return true;
  *why = absl::StrCat("rtkit: ", error.message != nullptr
                                     ? error.message
                                     : std::strerror(-result));
  return false;
}

}  // namespace

RealtimeGrant MakeThreadRealtime(pid_t thread) {
  LimitRunTime();
  std::string by_rlimit;
  if (BySchedSetScheduler(thread, &by_rlimit)) {
    return {RealtimeKind::kRlimit, ""};
  }
  std::string by_rtkit;
  if (ByRtkit(thread, &by_rtkit)) return {RealtimeKind::kRtkit, ""};
  return {RealtimeKind::kNone, absl::StrCat(by_rlimit, "; ", by_rtkit)};
}

void MakeThreadOrdinary(pid_t thread) {
  const sched_param param = {};
  // The flag stays: to take it off is a privilege.
  sched_setscheduler(thread, SCHED_OTHER | SCHED_RESET_ON_FORK, &param);
}

RealtimeGrant RequestRealtime(bool is_wanted, pid_t thread) {
  if (is_wanted) return MakeThreadRealtime(thread);
  return {RealtimeKind::kNone, "daemon.realtime is off"};
}

RealtimeKind ObservedRealtime(pthread_t thread) {
  // Not pthread_getschedparam: it does not notice what RTKit has changed.
  const pid_t id = ThreadId(thread);
  const int policy = sched_getscheduler(id) & ~SCHED_RESET_ON_FORK;
  sched_param param;
  if (id == 0 || sched_getparam(id, &param) != 0 ||
      (policy != SCHED_FIFO && policy != SCHED_RR)) {
    return RealtimeKind::kNone;
  }
  rlimit limit;
  const bool is_allowed =
      getrlimit(RLIMIT_RTPRIO, &limit) == 0 &&
      limit.rlim_cur >= static_cast<rlim_t>(param.sched_priority);
  return is_allowed ? RealtimeKind::kRlimit : RealtimeKind::kRtkit;
}

pid_t ThreadId(pthread_t thread) {
  // A thread's CPU clock holds its id, inverted, above three bits of flags:
  // CPUCLOCK_PID in the kernel's include/linux/posix-timers.h.
  clockid_t clock;
  if (pthread_getcpuclockid(thread, &clock) != 0) return 0;
  return ~(clock >> 3);
}

}  // namespace tacet
