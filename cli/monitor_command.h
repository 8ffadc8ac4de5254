// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_MONITOR_COMMAND_H_
#define TACET_CLI_MONITOR_COMMAND_H_

#include "absl/status/status.h"

namespace tacet {

// `tacet monitor`: prints the page's address and serves it until SIGINT,
// SIGTERM or SIGHUP. A daemon that goes away may come again.
//   port  0: any that is free
// Errors: those of MonitorServer::Start and of the system.
absl::Status RunMonitor(int port);

}  // namespace tacet

#endif  // TACET_CLI_MONITOR_COMMAND_H_
