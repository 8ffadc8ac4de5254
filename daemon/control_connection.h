// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_CONTROL_CONNECTION_H_
#define TACET_DAEMON_CONTROL_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "daemon/control_dispatch.h"
#include "daemon/control_handler.h"
#include "daemon/monitor_feed.h"
#include "daemon/protocol.h"

namespace tacet {

struct ControlLimits {
  int request_ms = 5000;  // from a request's first byte to its newline
  int idle_ms = 10000;    // between requests, unless subscribed or waiting
  int write_ms = 2000;    // without the client reading anything
  int max_waiting = 4;    // requests that are answered later
  int max_requests_per_turn = 4;
};

// One client. Answers wait in a buffer of bounded size: while one is there, no
// further request is read.
// Thread: control. Held by shared_ptr, so that an answer that comes later can
// find out that the client has gone.
class ControlConnection
    : public std::enable_shared_from_this<ControlConnection> {
 public:
  // Takes the descriptor, which must be non-blocking.
  ControlConnection(int fd, ControlHandler* handler,
                    const ControlLimits& limits, int64_t now_ns);
  ~ControlConnection();

  ControlConnection(const ControlConnection&) = delete;
  ControlConnection& operator=(const ControlConnection&) = delete;

  int fd() const { return fd_; }
  bool closed() const { return fd_ < 0; }
  bool has_output() const { return !output_.empty(); }

  // Events to poll for.
  short events() const;
  // Does what `revents` and the time allow; may close.
  void Handle(short revents, int64_t now_ns);
  // When Handle is due without an event; INT64_MAX: never.
  int64_t due_ns() const;

 private:
  struct Subscription {
    std::optional<int64_t> id;
    int64_t period_ns;
    int64_t due_ns;
  };

  // The time after due_ns at which a stream is due again.
  int64_t NextDue(const Subscription& subscription) const;
  void Read();
  void HandleLines();
  void HandleLine(std::string_view line);
  // Ends the connection after the error has been sent.
  void Reject(std::string_view message);
  absl::StatusOr<Json> Subscribe(const Request& request);
  JsonReply MakeReply(std::optional<int64_t> id);
  void Finish(std::optional<int64_t> id, const absl::StatusOr<Json>& result);
  absl::StatusOr<Json> Monitor(const Request& request);
  void SendMeters();
  void SendAudio();
  bool is_subscribed() const {
    return subscription_.has_value() || listener_.has_value();
  }
  void Flush();
  void CheckTimes();
  void Close();

  bool HasRequest() const { return input_.find('\n') != input_.npos; }

  int fd_;
  ControlHandler* const handler_;
  const ControlLimits limits_;
  int64_t now_ns_;
  std::string input_;   // at most kMaxRequestBytes and one read
  std::string output_;  // at most max_waiting + 1 answers
  bool end_of_input_ = false;
  bool ending_ = false;  // close once output_ is empty
  int num_waiting_ = 0;
  std::optional<Subscription> subscription_;  // of meters
  Subscription audio_{};                      // while there is a listener
  std::optional<MonitorFeed::Listener> listener_;
  int64_t request_since_ns_ = -1;  // of half a request in input_; -1: none
  int64_t idle_since_ns_;
  int64_t output_since_ns_ = -1;  // of the last progress; -1: none waits
};

}  // namespace tacet

#endif  // TACET_DAEMON_CONTROL_CONNECTION_H_
