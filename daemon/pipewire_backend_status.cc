// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <optional>

#include "daemon/pipewire_backend.h"
#include "daemon/realtime_scheduling.h"

namespace tacet {

BackendStatus PipewireBackend::status() const {
  BackendStatus status;
  status.clocks = ClockDomain::kOne;
  if (connection_ == nullptr || is_suspended_) return status;
  status.capture = capture_format_;
  status.playback = playback_format_;
  status.playback_device = kPipewireSourceName;
  if (farewell_.has_value()) {
    status.state = BackendState::kStopping;
    return status;
  }
  if (!failure_.empty()) {
    status.state = BackendState::kFailed;
    status.detail = failure_;
    return status;
  }
  const PipewireGraph& graph = connection_->graph();
  if (duplex_ == nullptr) {
    status.state = BackendState::kStarting;
    status.detail = "waiting for the server";
    return status;
  }
  if (!duplex_->playback_ready() ||
      graph.Ports(duplex_->playback_node(), true, false).empty()) {
    status.state = BackendState::kStarting;
    status.detail = "waiting for the session manager";
    return status;
  }
  status.num_listeners = num_listeners();
  const std::optional<PipewireTarget> target =
      graph.PickTarget(params_.source, former_default_);
  if (target) {
    status.capture_device = target->name;
  } else {
    status.detail = "no source";
    status.lacks_microphone = true;
  }
  // Without a source no cycle calls the client.
  const bool running =
      target && status.num_listeners > 0 && duplex_->streaming();
  status.state = running ? BackendState::kRunning : BackendState::kIdle;
  status.latency_ms = duplex_->server_latency_ms();
  const PipewireCycle& cycle = duplex_->cycle();
  if (cycle.graph_rate_hz() > 0) {
    const int period_frames = static_cast<int>(int64_t{cycle.period_frames()} *
                                               playback_format_.sample_rate_hz /
                                               cycle.graph_rate_hz());
    status.capture.period_frames = period_frames;
    status.playback.period_frames = period_frames;
  }
  if (cycle.has_thread()) status.realtime = ObservedRealtime(cycle.thread());
  if (status.realtime == RealtimeKind::kNone) {
    status.realtime_detail = !params_.is_realtime ? "daemon.realtime is off"
                             : cycle.has_thread()
                                 ? "refused to libpipewire by rlimit and RTKit"
                                 : "no audio yet";
  }
  return status;
}

}  // namespace tacet
