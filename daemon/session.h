// SPDX-License-Identifier: Apache-2.0
// The daemon as the control socket sees it: configuration, audio path,
// supervisor.
#ifndef TACET_DAEMON_SESSION_H_
#define TACET_DAEMON_SESSION_H_

#include <array>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "config/config.h"
#include "config/load.h"
#include "daemon/audio_path.h"
#include "daemon/control_handler.h"
#include "daemon/file_identity.h"
#include "daemon/handover.h"
#include "daemon/live_settings.h"
#include "daemon/log.h"
#include "daemon/loopback_run.h"
#include "daemon/metrics_file.h"
#include "daemon/monitor_feed.h"
#include "daemon/supervisor.h"

namespace tacet {

struct SessionParams {
  // Reads the configuration, the command line's settings included.
  std::function<absl::StatusOr<LoadedConfig>()> load_config;
  std::vector<std::unique_ptr<AudioBackend>> backends;
  Handover handover;
};

// Translates Config into the small parameters of the parts, and commands into
// calls. Nothing here waits but for reading small files; models that a command
// names are loaded, and metrics are written, on threads of their own.
// Thread: control.
class Session final : public ControlHandler {
 public:
  // Errors: those of the configuration and of the model.
  static absl::StatusOr<std::unique_ptr<Session>> Create(SessionParams params,
                                                         Log* log);
  ~Session() override;

  void Tick(const SupervisorTime& now);
  int TimeoutMs(const SupervisorTime& now) const;
  // One line for `systemctl status`.
  std::string Summary() const;
  Supervisor& supervisor() { return *supervisor_; }
  // What the next process is to know, but for descriptors.
  Handover ToHandOver() const;

  // ControlHandler.
  DaemonStatus Status() override;
  LatencyReport Latency() override { return path_->latency_report(); }
  void ResetLatency() override { path_->ResetLatencyReport(); }
  void Set(const std::string& key, const std::string& value,
           const DoneReply& reply) override;
  void SetMode(Mode mode) override;
  bool IsRestarting() override { return supervisor_->is_restarting(); }
  void Reload(const DoneReply& reply) override;
  void UseModel(const std::string& model,
                const Reply<std::string>& reply) override;
  void Devices(const Reply<std::vector<DeviceInfo>>& reply) override;
  void Loopback(bool force, const Reply<LoopbackReport>& reply) override;
  MonitorFeed* Monitor() override { return monitor_.get(); }
  void Stop() override { supervisor_->BeginStop(); }

 private:
  // A model that a command asked for; or `change` of the configuration, which
  // is called once its engine has taken over, or could not.
  struct ModelRequest {
    std::string name;
    Reply<std::string> reply;
    DoneReply change = {};
    std::future<absl::StatusOr<NamedEngine>> loading;
    bool is_swapping = false;
    std::string former = {};  // what denoise.model was before
  };

  Session(SessionParams params, LoadedConfig config, Log* log);

  // A model with a stream, made on a thread of their own.
  std::future<absl::StatusOr<NamedEngine>> BeginLoading(
      const std::string& model, const Config& config) const;

  // Whether the daemon can take it while it runs, as far as that is known
  // without its model.
  absl::Status Check(const Config& config) const;
  // Runs the engine of a config that has passed Check(), where it is another
  // one; then calls `change`.
  void BeginChange(const Config& config, const DoneReply& change);
  // All but the engine of such a config.
  void Apply(const Config& config);
  void ReloadNow(const DoneReply& reply);
  // Where the backend failed with new parameters, the former are in use again.
  void CheckBackendParams();
  void CheckModelRequest();
  // As denoise.model, for this process and the next; returns what it was.
  std::string NoteModel(const std::string& name);
  // Runs the model anew where its file was replaced, once that lies still.
  void CheckModelFile();
  void CheckLoopback();
  // Tells when the backend beside the audio is given up for a while.
  void CheckOffload();
  void WriteMetrics();
  void NoteMetrics(const absl::Status& status);
  void LockMemory();

  Log* const log_;
  const std::function<absl::StatusOr<LoadedConfig>()> load_config_;
  LoadedConfig loaded_;
  Config config_;  // loaded_.config and what was set since
  LiveSettings settings_;
  std::unique_ptr<AudioPath> path_;
  std::unique_ptr<MonitorFeed> monitor_;    // of path_'s tap
  std::unique_ptr<Supervisor> supervisor_;  // after path_: it stops the audio
  std::optional<ModelRequest> request_;
  std::vector<DoneReply> reloads_;  // that wait for it
  std::string model_path_;          // watched; empty: the model is no file
  FileIdentity model_file_, model_file_seen_;  // that runs; at the last look
  int64_t model_looked_ns_ = 0;
  std::unique_ptr<LoopbackRun> loopback_;  // null: none under way
  Reply<LoopbackReport> loopback_reply_;
  SupervisorTime now_;
  int64_t started_ns_ = 0;
  int64_t metrics_ns_ = 0;
  MetricsFile metrics_file_;
  bool is_backed_off_ = false;     // as told last
  int64_t locked_generation_ = 0;  // of the path; 0: none yet
  std::array<bool, 2> are_stacks_locked_{};
  int64_t locked_bytes_ = 0;
};

}  // namespace tacet

#endif  // TACET_DAEMON_SESSION_H_
