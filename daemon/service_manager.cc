// SPDX-License-Identifier: Apache-2.0
#include "daemon/service_manager.h"

#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int kDefaultPingMs = 5000;  // for the start's time limit

}  // namespace

// $NOTIFY_SOCKET is a path, or with @ an abstract address.
ServiceManager::ServiceManager() {
  const char* const name = std::getenv("NOTIFY_SOCKET");
  const std::string path = name == nullptr ? "" : name;
  if (path.size() >= 2 && path.size() < sizeof(address_.sun_path) &&
      (path[0] == '/' || path[0] == '@')) {
    address_.sun_family = AF_UNIX;
    std::ranges::copy(path, address_.sun_path);
    if (path[0] == '@') address_.sun_path[0] = '\0';
    address_size_ =
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  }
  uint64_t watchdog_us = 0;
  if (sd_watchdog_enabled(0, &watchdog_us) > 0) {
    // A third of the period, so that one late ping is no death.
    interval_ms_ =
        static_cast<int>(std::clamp<uint64_t>(watchdog_us / 3000, 10, 60'000));
  }
}

ServiceManager::~ServiceManager() {
  if (fd_ >= 0) close(fd_);
}

bool ServiceManager::Notify(const std::string& text) const {
  return fd_ < 0 ||
         sendto(fd_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                reinterpret_cast<const sockaddr*>(&address_),
                address_size_) >= 0 ||
         errno != EAGAIN;
}

void ServiceManager::Update(bool is_ready, bool is_healthy,
                            const std::string& status, int64_t now_ns) {
  const bool was_ready_before = was_ready_;
  const int64_t last_ping_before_ns = last_ping_ns_;
  const std::string status_before = status_;
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
  if (text.empty() || Notify(text)) return;
  was_ready_ = was_ready_before;
  last_ping_ns_ = last_ping_before_ns;
  status_ = status_before;
}

void ServiceManager::Reloading(int64_t now_ns) {
  was_ready_ = false;
  Notify(absl::StrCat("RELOADING=1\nMONOTONIC_USEC=", now_ns / 1000));
}

void ServiceManager::Stopping() { Notify("STOPPING=1"); }

}  // namespace tacet
