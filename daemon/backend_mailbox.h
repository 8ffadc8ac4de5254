// SPDX-License-Identifier: Apache-2.0
// What the thread of a backend tells the control thread.
#ifndef TACET_DAEMON_BACKEND_MAILBOX_H_
#define TACET_DAEMON_BACKEND_MAILBOX_H_

#include <mutex>
#include <vector>

#include "daemon/audio_backend.h"

namespace tacet {

// The newest status and device list, and a descriptor that wakes the control
// thread. Never touched from an audio callback.
// Thread: any.  Realtime-safe: no.
class BackendMailbox {
 public:
  BackendMailbox();
  ~BackendMailbox();
  BackendMailbox(const BackendMailbox&) = delete;
  BackendMailbox& operator=(const BackendMailbox&) = delete;

  // Readable after Post and Poke until Clear; -1 where there are no
  // descriptors left.
  int event_fd() const { return event_fd_; }
  void Clear();
  void Poke();

  BackendStatus status() const;
  void Post(const BackendStatus& status);

  std::vector<DeviceInfo> devices() const;
  void PostDevices(std::vector<DeviceInfo> devices);

 private:
  const int event_fd_;
  mutable std::mutex mutex_;
  BackendStatus status_;             // by mutex_
  std::vector<DeviceInfo> devices_;  // by mutex_
};

}  // namespace tacet

#endif  // TACET_DAEMON_BACKEND_MAILBOX_H_
