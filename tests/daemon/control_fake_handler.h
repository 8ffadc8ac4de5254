// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_DAEMON_CONTROL_FAKE_HANDLER_H_
#define TACET_TESTS_DAEMON_CONTROL_FAKE_HANDLER_H_

#include <string>
#include <vector>

#include "daemon/control_handler.h"

namespace tacet {

// A daemon without audio: it notes what it is asked and answers from fields.
class FakeHandler : public ControlHandler {
 public:
  FakeHandler();

  DaemonStatus Status() override;
  LatencyReport Latency() override { return latency; }
  void ResetLatency() override;
  void Set(const std::string& key, const std::string& value,
           const DoneReply& reply) override;
  void SetMode(Mode mode) override;
  bool IsRestarting() override { return is_restarting; }
  void Reload(const DoneReply& reply) override;
  void UseModel(const std::string& model,
                const Reply<std::string>& reply) override;
  void Devices(const Reply<std::vector<DeviceInfo>>& reply) override;
  void Loopback(bool force, const Reply<LoopbackReport>& reply) override;
  void Stop() override { stopped = true; }

  DaemonStatus status;
  LatencyReport latency;
  absl::Status reload_status;
  std::vector<DeviceInfo> devices;
  // Loopback and UseModel wait in these until somebody calls them.
  bool reply_later = false;
  bool is_restarting = false;
  std::vector<Reply<LoopbackReport>> waiting_loopbacks;

  std::vector<std::string> calls;  // "set strength=12"
  int num_status_calls = 0;
  bool stopped = false;
};

}  // namespace tacet

#endif  // TACET_TESTS_DAEMON_CONTROL_FAKE_HANDLER_H_
