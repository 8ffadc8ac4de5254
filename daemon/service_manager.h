// SPDX-License-Identifier: Apache-2.0
// What systemd is told.
#ifndef TACET_DAEMON_SERVICE_MANAGER_H_
#define TACET_DAEMON_SERVICE_MANAGER_H_

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <string>

namespace tacet {

// The sd_notify(3) protocol of Type=notify; without a $NOTIFY_SOCKET all of it
// does nothing. Never waits, as sd_notify() itself does while systemd's queue
// is full: what finds no room is said again at the next Update.  Thread:
// control.
class ServiceManager {
 public:
  // While not ready, the start's time limit is pushed on by kPatienceSeconds at
  // each Update, since the sound server may come up long after login.
  static constexpr int kPatienceSeconds = 30;

  // Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID.
  ServiceManager();
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  // is_ready   audio has flowed, or nobody listens
  // is_healthy pings the watchdog: audio goes on, or is known not to
  // status     one line for `systemctl status`; sent when it changes
  // At least twice a watchdog period; cheap otherwise.
  void Update(bool is_ready, bool is_healthy, const std::string& status,
              int64_t now_ns);
  void Reloading(int64_t now_ns);  // and Update says READY again
  void Stopping();

  // Longest time between Updates, -1: any.
  int interval_ms() const { return interval_ms_; }

 private:
  // False: there was no room.
  bool Notify(const std::string& text) const;

  int fd_ = -1;  // -1: there is no manager
  sockaddr_un address_ = {};
  socklen_t address_size_ = 0;
  int interval_ms_ = -1;
  bool was_ready_ = false;
  int64_t last_ping_ns_ = 0;
  std::string status_;
};

}  // namespace tacet

#endif  // TACET_DAEMON_SERVICE_MANAGER_H_
