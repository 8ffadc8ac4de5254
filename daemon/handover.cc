// SPDX-License-Identifier: Apache-2.0
#include "daemon/handover.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace tacet {

std::string Handover::Serialize() const {
  std::string text = absl::StrCat(lock_fd, "\n", control_fd, "\n");
  for (const auto& [key, value] : settings) {
    absl::StrAppend(&text, key, "=", value, "\n");
  }
  return text;
}

absl::StatusOr<Handover> Handover::Parse(const std::string& text) {
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  Handover handover;
  // The last line is empty, since each ends in a newline.
  if (lines.size() < 3 || !lines.back().empty() ||
      !absl::SimpleAtoi(lines[0], &handover.lock_fd) ||
      !absl::SimpleAtoi(lines[1], &handover.control_fd)) {
    return absl::InvalidArgumentError(
        absl::StrCat(kHandoverVariable, ": not of this program"));
  }
  for (size_t i = 2; i + 1 < lines.size(); ++i) {
    const size_t equals = lines[i].find('=');
    if (equals == std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat(kHandoverVariable, ": setting without a value"));
    }
    handover.settings.emplace_back(lines[i].substr(0, equals),
                                   lines[i].substr(equals + 1));
  }
  return handover;
}

absl::Status ExecuteAgain(const Handover& handover, char* const* argv) {
  setenv(kHandoverVariable, handover.Serialize().c_str(), 1);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv("/proc/self/exe", argv);
  return absl::ErrnoToStatus(errno, "cannot execute tacetd again");
}

}  // namespace tacet
