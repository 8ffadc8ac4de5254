// SPDX-License-Identifier: Apache-2.0
#include "daemon/service_manager.h"

#include <systemd/sd-daemon.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int kDefaultPingMs = 5000;  // for the start's time limit

void Notify(const std::string& text) { sd_notify(0, text.c_str()); }

}  // namespace

ServiceManager::ServiceManager() {
  uint64_t watchdog_us = 0;
  if (sd_watchdog_enabled(0, &watchdog_us) > 0) {
    // A third of the period, so that one late ping is no death.
    interval_ms_ =
        static_cast<int>(std::clamp<uint64_t>(watchdog_us / 3000, 10, 60'000));
  }
}

void ServiceManager::Update(bool is_ready, bool is_healthy,
                            const std::string& status, int64_t now_ns) {
  std::string text;
  if (is_ready && !was_ready_) {
    was_ready_ = true;
    absl::StrAppend(&text, "READY=1\n");
  }
  const int ping_ms = interval_ms_ > 0 ? interval_ms_ : kDefaultPingMs;
  if (last_ping_ns_ == 0 || now_ns - last_ping_ns_ >= ping_ms * kMs) {
    last_ping_ns_ = now_ns;
    if (is_healthy && interval_ms_ > 0) absl::StrAppend(&text, "WATCHDOG=1\n");
    if (!was_ready_) {
      absl::StrAppend(&text, "EXTEND_TIMEOUT_USEC=",
                      int64_t{kPatienceSeconds} * 1'000'000, "\n");
    }
  }
  if (status != status_) {
    status_ = status;
    absl::StrAppend(&text, "STATUS=", status, "\n");
  }
  if (!text.empty()) Notify(text);
}

void ServiceManager::Reloading(int64_t now_ns) {
  was_ready_ = false;
  Notify(absl::StrCat("RELOADING=1\nMONOTONIC_USEC=", now_ns / 1000));
}

void ServiceManager::Stopping() { Notify("STOPPING=1"); }

}  // namespace tacet
