// SPDX-License-Identifier: Apache-2.0
// The daemon's log: one line an event, key=value.
#ifndef TACET_DAEMON_LOG_H_
#define TACET_DAEMON_LOG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"

namespace tacet {

// Writes lines like
//
//   <4>level=warning event=audio_failed cause="no server" next_try_ms=100
//
// where the number is the syslog priority that journald reads. Values are
// quoted where they hold anything but letters, digits and ._:/+-, control
// characters as \xNN, so that one event stays one line. Of one event (by name)
// at most kBurst lines come in kPeriodSeconds; the next line of it says how
// many were left out. A log that is full, or whose reader has stopped, must not
// hold the daemon: lines that it does not take at once are lost, and the next
// one says how many. A line is cut at PIPE_BUF bytes.
// Thread: control, never an audio thread.
class Log {
 public:
  static constexpr int kBurst = 10;
  static constexpr int64_t kPeriodSeconds = 60;

  using Field = std::pair<std::string_view, std::string>;
  // False: it did not take the line.
  using Sink = std::function<bool(std::string_view line)>;
  using Clock = std::function<int64_t()>;  // nanoseconds, monotonic

  // Writes to standard error.
  explicit Log(LogLevel level);
  Log(LogLevel level, Sink sink, Clock clock);

  void SetLevel(LogLevel level) { level_ = level; }
  void Write(LogLevel level, std::string_view event,
             const std::vector<Field>& fields = {});

 private:
  struct Rate {
    int64_t period_began_ns = 0;
    int num_written = 0;
    int64_t num_left_out = 0;
  };

  LogLevel level_;
  Sink sink_;
  Clock clock_;
  std::map<std::string, Rate, std::less<>> rates_;
  int64_t num_lost_ = 0;  // since the last line that was taken
};

}  // namespace tacet

#endif  // TACET_DAEMON_LOG_H_
