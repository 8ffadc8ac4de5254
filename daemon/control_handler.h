// SPDX-License-Identifier: Apache-2.0
// What the control socket can ask of the daemon.
#ifndef TACET_DAEMON_CONTROL_HANDLER_H_
#define TACET_DAEMON_CONTROL_HANDLER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/audio_backend.h"
#include "daemon/loopback_report.h"
#include "daemon/monitor_feed.h"
#include "daemon/status.h"

namespace tacet {

// One function per command of docs/protocol.md; the supervisor implements it.
// An error's message is shown to the user as it is.
//   Thread: control. No function blocks; what takes longer than a few
//   milliseconds takes a Reply.
class ControlHandler {
 public:
  // Answers a request, from inside the function or later on the control
  // thread; a second call does nothing. A client that has gone by then is no
  // error.
  template <typename Result>
  using Reply = std::function<void(const absl::StatusOr<Result>& result)>;

  // The same for what has no result.
  using DoneReply = std::function<void(const absl::Status& status)>;

  virtual ~ControlHandler() = default;

  // Also what subscribers are sent, up to kMaxSubscribeHz times a second.
  virtual DaemonStatus Status() = 0;
  // Per-stage histograms since the last reset.
  virtual LatencyReport Latency() = 0;
  virtual void ResetLatency() = 0;

  // Changes one setting of the running daemon, without saving it.
  //   key    of docs/config.md ("denoise.mode") or one of the short names
  //          strength, mode and device; see SetConfigValue in config/keys.h
  //   value  as text; a JSON number or boolean arrives in its JSON spelling
  // Replies once it holds, which may take a while where a model is loaded; but
  // where the audio restarts for it, as soon as that has begun (IsRestarting).
  virtual void Set(const std::string& key, const std::string& value,
                   const DoneReply& reply) = 0;
  virtual void SetMode(Mode mode) = 0;
  // The audio is between its end and its next start, for a setting or for
  // another reason; what comes of it is in the status.
  virtual bool IsRestarting() { return false; }
  // Reads the configuration again, all or nothing; as Set().
  virtual void Reload(const DoneReply& reply) = 0;
  // Replies with the model's name once the new model runs.
  //   model  a built-in name, or an absolute path
  virtual void UseModel(const std::string& model,
                        const Reply<std::string>& reply) = 0;
  virtual void Devices(const Reply<std::vector<DeviceInfo>>& reply) = 0;
  // force: also while others listen to the virtual microphone.
  virtual void Loopback(bool force, const Reply<LoopbackReport>& reply) = 0;
  // What flows through the engine; null: nothing does. It outlives all
  // connections.
  virtual MonitorFeed* Monitor() { return nullptr; }
  // Makes the daemon end; ControlServer::Drain sends the answer.
  virtual void Stop() = 0;
};

}  // namespace tacet

#endif  // TACET_DAEMON_CONTROL_HANDLER_H_
