// SPDX-License-Identifier: Apache-2.0
// The daemon's answers as text for people. What an answer lacks is shown as -,
// and control characters in names are replaced, so that nothing a device calls
// itself can reach the terminal.
#ifndef TACET_CLI_DAEMON_REPORT_H_
#define TACET_CLI_DAEMON_REPORT_H_

#include <string>

#include "daemon/protocol.h"

namespace tacet {

std::string StatusReport(const Json& status);
std::string DevicesReport(const Json& devices);
// A table of quantiles and a plot of the distribution of each stage.
std::string LatencyTable(const Json& latency);
std::string LoopbackReportText(const Json& loopback);

// One frame of `tacet top`: a line, or a screen of bars.
std::string MetersLineText(const Json& meters);
std::string MetersScreen(const Json& meters, int columns);

}  // namespace tacet

#endif  // TACET_CLI_DAEMON_REPORT_H_
