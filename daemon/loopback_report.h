// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_LOOPBACK_REPORT_H_
#define TACET_DAEMON_LOOPBACK_REPORT_H_

namespace tacet {

// What `tacet latency --loopback` found: bursts sent in place of the microphone
// and how long they took to a listener. Detected to within one sample.
struct LoopbackReport {
  int num_sent = 0;
  int num_found = 0;
  double median_ms = 0.0;
  double min_ms = 0.0;
  double max_ms = 0.0;
  double expected_ms = 0.0;  // LatencyParts::total_ms
};

}  // namespace tacet

#endif  // TACET_DAEMON_LOOPBACK_REPORT_H_
