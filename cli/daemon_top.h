// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_DAEMON_TOP_H_
#define TACET_CLI_DAEMON_TOP_H_

#include "absl/status/status.h"
#include "cli/daemon_client.h"

namespace tacet {

// Shows the daemon's meters ten times a second: on a terminal a screen of bars
// until q or Ctrl-C, else one line each until standard output closes.
//   num_frames  ends after so many; 0: goes on
// Errors: those of the client; the terminal is as it was in any case.
absl::Status RunTop(DaemonClient* client, int num_frames);

}  // namespace tacet

#endif  // TACET_CLI_DAEMON_TOP_H_
