// SPDX-License-Identifier: Apache-2.0
// The results of docs/protocol.md. Numbers that are not finite become null.
#ifndef TACET_DAEMON_CONTROL_JSON_H_
#define TACET_DAEMON_CONTROL_JSON_H_

#include <vector>

#include "daemon/control_handler.h"
#include "daemon/monitor_feed.h"
#include "daemon/protocol.h"
#include "daemon/status.h"

namespace tacet {

// Thread: any.  Realtime-safe: no.
Json StatusJson(const DaemonStatus& status);
// What moves, for `tacet top`: a part of StatusJson.
Json MetersJson(const DaemonStatus& status);
Json LatencyJson(const LatencyReport& report);
Json DevicesJson(const std::vector<DeviceInfo>& devices);
Json LoopbackJson(const LoopbackReport& report);
Json AudioJson(const MonitorFrames& frames);

}  // namespace tacet

#endif  // TACET_DAEMON_CONTROL_JSON_H_
