// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_MONITOR_SOURCE_H_
#define TACET_CLI_MONITOR_SOURCE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "cli/daemon_client.h"
#include "daemon/protocol.h"

namespace tacet {

// Asks the daemon for what the page shows, as long as somebody watches:
//   audio    audio lines, kMonitorHz times a second
//   meters   meters lines, ten times a second
//   latency  the result of `latency`, once a second
//   daemon   {"error":...} once a second while no daemon answers
// Those are docs/protocol.md's, as they are.
// Thread: one.
class MonitorSource {
 public:
  using Publish = std::function<void(std::string_view name, const Json& data)>;

  explicit MonitorSource(Publish publish) : publish_(std::move(publish)) {}

  // Whether anybody watches; if not, the daemon is left alone.
  void SetWatched(bool watched);

  // Poll this for input; -1: nothing to poll.
  int fd() const { return stream_ == nullptr ? -1 : stream_->fd(); }
  int TimeoutMs(int64_t now_ns) const;
  // Publishes what has come. Waits for a daemon that does not answer, for at
  // most kAnswerMs.
  void Run(int64_t now_ns);

 private:
  static constexpr int kAnswerMs = 1000;

  absl::Status Connect();
  absl::Status Receive();
  absl::Status AskLatency();
  void Handle(const Json& line);

  const Publish publish_;
  bool is_watched_ = false;
  std::unique_ptr<DaemonClient> stream_;  // null: no daemon, or nobody watches
  int64_t due_ns_ = 0;                    // of `latency`, or of the next try
};

}  // namespace tacet

#endif  // TACET_CLI_MONITOR_SOURCE_H_
