// SPDX-License-Identifier: Apache-2.0
#include "daemon/handover.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace tacet {
namespace {

constexpr size_t kNumFirstLines = 6;

absl::Status Foreign() {
  return absl::InvalidArgumentError(
      absl::StrCat(kHandoverVariable, ": not of this program"));
}

}  // namespace

std::string Handover::Serialize() const {
  std::string text = absl::StrCat(
      lock_fd, "\n", control_fd, "\n", failed_ns.value_or(-1), "\n",
      recovery.num_recoveries, "\n", recovery.last_cause, "\n", backend, "\n");
  for (const auto& [key, value] : settings) {
    absl::StrAppend(&text, key, "=", value, "\n");
  }
  return text;
}

absl::StatusOr<Handover> Handover::Parse(const std::string& text) {
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  Handover handover;
  int64_t failed_ns = 0;
  // The last line is empty, since each ends in a newline.
  if (lines.size() < kNumFirstLines + 1 || !lines.back().empty() ||
      !absl::SimpleAtoi(lines[0], &handover.lock_fd) ||
      !absl::SimpleAtoi(lines[1], &handover.control_fd) ||
      !absl::SimpleAtoi(lines[2], &failed_ns) ||
      !absl::SimpleAtoi(lines[3], &handover.recovery.num_recoveries)) {
    return Foreign();
  }
  if (failed_ns >= 0) handover.failed_ns = failed_ns;
  handover.recovery.last_cause = lines[4];
  handover.backend = lines[5];
  for (size_t i = kNumFirstLines; i + 1 < lines.size(); ++i) {
    const size_t equals = lines[i].find('=');
    if (equals == std::string::npos) return Foreign();
    handover.settings.emplace_back(lines[i].substr(0, equals),
                                   lines[i].substr(equals + 1));
  }
  return handover;
}

absl::Status ExecuteAgain(const Handover& handover, char* const* argv) {
  setenv(kHandoverVariable, handover.Serialize().c_str(), 1);
  close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  for (const int fd : {handover.lock_fd, handover.control_fd}) {
    if (fd >= 0) fcntl(fd, F_SETFD, 0);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv("/proc/self/exe", argv);
  return absl::ErrnoToStatus(errno, "cannot execute tacetd again");
}

}  // namespace tacet
