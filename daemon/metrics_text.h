// SPDX-License-Identifier: Apache-2.0
// The daemon's state for Prometheus.
#ifndef TACET_DAEMON_METRICS_TEXT_H_
#define TACET_DAEMON_METRICS_TEXT_H_

#include <string>

#include "daemon/status.h"

namespace tacet {

// All metrics in the text exposition format 0.0.4. Counters end in _total,
// times are in seconds, histograms are cumulative with an le="+Inf" bucket.
// Thread: control.  Realtime-safe: no.
std::string MetricsText(const DaemonStatus& status,
                        const LatencyReport& latency);

}  // namespace tacet

#endif  // TACET_DAEMON_METRICS_TEXT_H_
