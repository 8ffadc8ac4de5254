// SPDX-License-Identifier: Apache-2.0
#include "daemon/log.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "daemon/stage_timer.h"
#include "model/str_cat.h"

namespace tacet {
namespace {

constexpr size_t kLongestLine = PIPE_BUF;

struct Level {
  int priority;  // of syslog
  std::string_view name;
};

Level LevelOf(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return {3, "error"};
    case LogLevel::kWarning:
      return {4, "warning"};
    case LogLevel::kInfo:
      return {6, "info"};
    case LogLevel::kDebug:
      return {7, "debug"};
  }
  return {7, "debug"};
}

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') ||
         std::string_view("._:/+-").find(c) != std::string_view::npos;
}

std::string Quoted(std::string_view value) {
  if (!value.empty() && std::all_of(value.begin(), value.end(), IsPlain)) {
    return std::string(value);
  }
  std::string quoted = "\"";
  for (const char c : value) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      quoted += "\\x";
      quoted += kDigits[byte >> 4];
      quoted += kDigits[byte & 15];
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

// A reader that has stopped, a pipe's or journald's, must not hold the thread
// that answers: what does not go in at once is lost. What poll calls writable
// takes PIPE_BUF bytes.
bool WriteToStandardError(std::string_view line) {
  pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (poll(&out, 1, 0) != 1 || (out.revents & POLLOUT) == 0) return false;
  return write(STDERR_FILENO, line.data(), line.size()) >= 0;
}

}  // namespace

Log::Log(LogLevel level)
    : Log(level, WriteToStandardError, [] { return MonotonicNs(); }) {}

Log::Log(LogLevel level, Sink sink, Clock clock)
    : level_(level), sink_(std::move(sink)), clock_(std::move(clock)) {}

void Log::Write(LogLevel level, std::string_view event,
                const std::vector<Field>& fields) {
  if (level > level_) return;
  const auto found = rates_.find(event);
  Rate& rate = found != rates_.end()
                   ? found->second
                   : rates_.emplace(std::string(event), Rate()).first->second;
  const int64_t now_ns = clock_();
  if (rate.num_written == 0 ||
      now_ns - rate.period_began_ns > kPeriodSeconds * 1'000'000'000) {
    rate.period_began_ns = now_ns;
    rate.num_written = 0;
  }
  if (rate.num_written == kBurst) {
    ++rate.num_left_out;
    return;
  }
  ++rate.num_written;
  const Level parts = LevelOf(level);
  std::string line =
      StrCat("<", parts.priority, ">level=", parts.name, " event=", event);
  for (const Field& field : fields) {
    line += StrCat(" ", field.first, "=", Quoted(field.second));
  }
  if (rate.num_left_out > 0) {
    line += StrCat(" left_out=", rate.num_left_out);
    rate.num_left_out = 0;
  }
  if (num_lost_ > 0) line += StrCat(" lost=", num_lost_);
  line.resize(std::min(line.size(), kLongestLine - 1));
  line += '\n';
  num_lost_ = sink_(line) ? 0 : num_lost_ + 1;
}

}  // namespace tacet
