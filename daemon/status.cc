// SPDX-License-Identifier: Apache-2.0
#include "daemon/status.h"

namespace tacet {

std::string_view ModeName(Mode mode) {
  switch (mode) {
    case Mode::kClean:
      return "clean";
    case Mode::kBypass:
      return "bypass";
    case Mode::kMute:
      return "mute";
  }
  return "";
}

std::string_view DaemonStateName(DaemonState state) {
  switch (state) {
    case DaemonState::kStarting:
      return "starting";
    case DaemonState::kIdle:
      return "idle";
    case DaemonState::kRunning:
      return "running";
    case DaemonState::kRecovering:
      return "recovering";
    case DaemonState::kStopping:
      return "stopping";
  }
  return "";
}

std::string_view BackendStateName(BackendState state) {
  switch (state) {
    case BackendState::kStopped:
      return "stopped";
    case BackendState::kStarting:
      return "starting";
    case BackendState::kIdle:
      return "idle";
    case BackendState::kRunning:
      return "running";
    case BackendState::kStopping:
      return "stopping";
    case BackendState::kFailed:
      return "failed";
  }
  return "";
}

std::string_view RealtimeKindName(RealtimeKind kind) {
  switch (kind) {
    case RealtimeKind::kNone:
      return "none";
    case RealtimeKind::kRlimit:
      return "rlimit";
    case RealtimeKind::kRtkit:
      return "rtkit";
    case RealtimeKind::kServer:
      return "server";
  }
  return "";
}

std::string_view StageName(Stage stage) {
  switch (stage) {
    case Stage::kCaptureWait:
      return "capture_wait";
    case Stage::kAnalysis:
      return "analysis";
    case Stage::kNetwork:
      return "network";
    case Stage::kSynthesis:
      return "synthesis";
    case Stage::kQueueing:
      return "queueing";
    case Stage::kEndToEnd:
      return "end_to_end";
  }
  return "";
}

OffloadReport OffloadReport::Of(const OffloadStatus& s) {
  return {.is_backed_off = s.num_backed_off > 0,
          .num_submitted = s.num_submitted,
          .num_answered = s.num_answered,
          .num_late = s.num_late,
          .num_failed = s.num_failed,
          .num_wrong = s.num_wrong,
          .num_not_sent = s.num_not_sent,
          .num_dropped = s.num_dropped,
          .num_backoffs = s.num_backoffs};
}

}  // namespace tacet
