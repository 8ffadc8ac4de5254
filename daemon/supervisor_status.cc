// SPDX-License-Identifier: Apache-2.0
// What the supervisor tells of itself and of its backend.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/supervisor.h"

namespace tacet {

absl::StatusOr<std::vector<DeviceInfo>> Supervisor::Devices() {
  if (backend_ == nullptr) return absl::UnavailableError("no sound server yet");
  return backend_->Devices();
}

absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> Supervisor::Record(
    std::shared_ptr<LoopbackTape> tape) {
  if (backend_ == nullptr) return absl::UnavailableError("no sound server yet");
  return backend_->Record(std::move(tape));
}

std::string Supervisor::last_backend() const {
  return up_backend_ == nullptr ? "" : std::string(up_backend_->name());
}

bool Supervisor::is_healthy() const {
  if (needs_new_process_) return false;
  return phase_ != Phase::kUp ||
         SecondsSince(progress_ns_) <=
             (has_flowed_ ? 2.0 * kStallSeconds : kFirstSoundSeconds + 1.0);
}

DaemonState Supervisor::state() const {
  if (stops_) return DaemonState::kStopping;
  switch (phase_) {
    case Phase::kStarting:
      return was_ready_ ? DaemonState::kRecovering : DaemonState::kStarting;
    case Phase::kUp:
      switch (backend_->status().state) {
        case BackendState::kIdle:
          return DaemonState::kIdle;
        case BackendState::kStarting:
          return DaemonState::kStarting;
        default:
          return DaemonState::kRunning;
      }
    case Phase::kWaiting:
    case Phase::kFading:
    case Phase::kHalting:
      return was_ready_ ? DaemonState::kRecovering : DaemonState::kStarting;
    case Phase::kStopped:
      return DaemonState::kStopping;
  }
  return DaemonState::kStopping;
}

void Supervisor::AddTo(DaemonStatus* status) const {
  status->state = state();
  if (backend_ != nullptr) {
    status->backend = std::string(backend_->name());
    status->device = backend_->status();
  }
  status->latency = path_->latency();
  status->latency.server_ms = status->device.latency_ms;
  status->latency.total_ms += status->latency.server_ms;
  status->mode = path_->mode();
  status->strength_db = path_->strength().attenuation_limit_db;
  status->model = engine_.name;
  status->model_source = engine_.source;
  status->stepped_down_from = stepped_down_from_;
  status->network_backend = engine_.backend;
  status->worker = engine_.offload != nullptr;
  if (status->worker) {
    status->offload = OffloadReport::Of(*engine_.offload);
  }
  status->counters = path_->counters();
  status->meters = path_->meters();
  status->ring = path_->ring();
  status->recovery = recovery_;
  if (recovery_.num_recoveries > 0) {
    status->recovery.last_ago_s = SecondsSince(recovered_ns_);
  }
  if (phase_ == Phase::kWaiting) {
    status->recovery.next_try_s = std::max(0.0, -SecondsSince(next_try_ns_));
  }
  status->realtime = status->device.realtime;
  status->realtime_detail = status->device.realtime_detail;
  status->last_error = last_error_;
}

}  // namespace tacet
