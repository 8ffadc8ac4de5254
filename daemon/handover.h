// SPDX-License-Identifier: Apache-2.0
// From one process to the next, where a sound driver hangs in the first.
#ifndef TACET_DAEMON_HANDOVER_H_
#define TACET_DAEMON_HANDOVER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/status.h"

namespace tacet {

// What the next program takes over: descriptors that survive exec, and what was
// set live.
struct Handover {
  int lock_fd = -1;
  int control_fd = -1;
  std::vector<std::pair<std::string, std::string>> settings;  // key, value
  // Recoveries so far; last_cause is that of the present failure.
  RecoveryStatus recovery;
  std::optional<int64_t> failed_ns;  // since when audio is gone, monotonic
  std::string backend;               // that was up last; empty: none was

  // Lines of text for the environment. No text holds a newline, no key a '='.
  std::string Serialize() const;
  // Errors: InvalidArgument for anything that Serialize does not give.
  static absl::StatusOr<Handover> Parse(const std::string& text);
};

inline constexpr char kHandoverVariable[] = "TACETD_HANDOVER";

// Replaces this program by itself, with the same arguments; but for the two
// descriptors all are closed, those of a sound driver that hangs too. Returns
// only on failure.
absl::Status ExecuteAgain(const Handover& handover, char* const* argv);

}  // namespace tacet

#endif  // TACET_DAEMON_HANDOVER_H_
