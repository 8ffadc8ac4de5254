// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_SIGNALS_H_
#define TACET_DAEMON_SIGNALS_H_

#include <optional>

#include "absl/status/statusor.h"

namespace tacet {

// SIGTERM, SIGINT and SIGHUP as a descriptor for poll; SIGPIPE is ignored. To
// be opened before any thread starts, since threads inherit the blocked mask.
// Thread: control.
class Signals {
 public:
  static absl::StatusOr<Signals> Open();
  Signals(Signals&& other) noexcept;
  Signals& operator=(Signals&&) = delete;
  ~Signals();

  int fd() const { return fd_; }
  // The next signal that came, if any.
  std::optional<int> Next();

 private:
  explicit Signals(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace tacet

#endif  // TACET_DAEMON_SIGNALS_H_
