// SPDX-License-Identifier: Apache-2.0
// The daemon's state for Prometheus.
#ifndef TACET_DAEMON_METRICS_TEXT_H_
#define TACET_DAEMON_METRICS_TEXT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "daemon/status.h"

namespace tacet {

// All metrics in the text exposition format 0.0.4. Counters end in _total,
// times are in seconds, histograms are cumulative with an le="+Inf" bucket.
// Thread: control.  Realtime-safe: no.
std::string MetricsText(const DaemonStatus& status,
                        const LatencyReport& latency);

// Replaces a file of node-exporter's textfile collector, which never sees half
// of one: written beside it, then renamed over it.
//   path  absolute, ends in .prom
// Errors: those of the system, naming the path; the old file is kept.
// Thread: control; a slow disk holds it.  Realtime-safe: no.
absl::Status WriteMetricsFile(const std::string& path, std::string_view text);

}  // namespace tacet

#endif  // TACET_DAEMON_METRICS_TEXT_H_
