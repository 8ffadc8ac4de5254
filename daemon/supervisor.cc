// SPDX-License-Identifier: Apache-2.0
#include "daemon/supervisor.h"

#include <time.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tacet {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kSecond = 1'000'000'000;
// The mute ramp, and a period or two on top.
constexpr int64_t kFadeNs = 60 * kMs;

int64_t ClockNs(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return kSecond * now.tv_sec + now.tv_nsec;
}

}  // namespace

SupervisorTime SupervisorTime::Now() {
  return {.monotonic_ns = ClockNs(CLOCK_MONOTONIC),
          .boot_ns = ClockNs(CLOCK_BOOTTIME)};
}

Supervisor::Supervisor(SupervisorParams params, AudioPath* path, Log* log)
    : backends_(std::move(params.backends)),
      backend_params_(std::move(params.backend)),
      engine_(std::move(params.engine)),
      misses_to_step_down_(params.misses_to_step_down),
      smaller_engine_(std::move(params.smaller_engine)),
      path_(path),
      log_(log),
      was_ready_(params.failed_ns.has_value()),
      failed_ns_(params.failed_ns),
      recovery_(std::move(params.recovery)) {
  if (!failed_ns_.has_value()) return;
  up_ns_ = *failed_ns_;
  for (const auto& backend : backends_) {
    if (backend->name() == params.last_backend) up_backend_ = backend.get();
  }
}

Supervisor::~Supervisor() {
  if (backend_ != nullptr && phase_ != Phase::kStopped) backend_->Stop();
}

void Supervisor::Tick(const SupervisorTime& now) {
  now_ = now;
  path_->Collect();
  CheckSleep();
  switch (phase_) {
    case Phase::kWaiting:
      if (now_ns() >= next_try_ns_) Start();
      break;
    case Phase::kStarting:
    case Phase::kUp:
      Watch();
      break;
    case Phase::kFading:
      DispatchBackend();
      if (now_ns() - phase_began_ns_ >= kFadeNs) {
        Halt(/*keeps=*/!stops_ && backend_ == up_backend_);
      }
      break;
    case Phase::kHalting:
      DispatchBackend();
      if (backend_->status().state != BackendState::kStopping) {
        AfterHalt();
      } else if (backend_->status().is_hung ||
                 SecondsSince(phase_began_ns_) > kHangSeconds) {
        NoticeHang();
      }
      break;
    case Phase::kStopped:
      break;
  }
}

int Supervisor::TimeoutMs(const SupervisorTime& now) const {
  switch (phase_) {
    case Phase::kWaiting:
      return static_cast<int>(std::clamp<int64_t>(
          (next_try_ns_ - now.monotonic_ns + kMs - 1) / kMs, 0, 1000));
    case Phase::kStarting:
    case Phase::kFading:
    case Phase::kHalting:
      return 10;
    case Phase::kUp:
      // It is woken by what happens; in time to notice a stall while somebody
      // listens, and to free a stream that was swapped out. What has no
      // descriptor is asked.
      if (backend_->event_fd() < 0 || path_->is_swapping()) return 100;
      return SleepsSoundly() ? 1000 : 250;
    case Phase::kStopped:
      return 1000;
  }
  return 100;
}

bool Supervisor::SleepsSoundly() const {
  const BackendStatus status = backend_->status();
  return status.state == BackendState::kIdle && status.num_listeners == 0;
}

int Supervisor::event_fd() const {
  // Nothing is dispatched in these phases, so what a backend told last would
  // stay readable, and the poll loop never sleep.
  if (phase_ == Phase::kWaiting || phase_ == Phase::kStopped) return -1;
  return backend_ == nullptr ? -1 : backend_->event_fd();
}

void Supervisor::TellLatency() {
  const int frames = path_->engine_latency_frames();
  if (frames == told_latency_frames_) return;
  told_latency_frames_ = frames;
  backend_->SetProcessLatency(frames);
}

void Supervisor::Start() {
  phase_ = Phase::kStarting;
  phase_began_ns_ = now_ns();
  if (next_engine_.has_value()) TakeNextEngine();
  path_->SetSilent(false);
  told_latency_frames_ = -1;
  starting_ns_.reset();
  const absl::Status status = StartBackend();
  callbacks_seen_ = path_->counters().num_callbacks;
  progress_ns_ = now_ns();
  has_flowed_ = false;
  last_dispatch_ns_ = now_ns();
  if (!status.ok()) {
    Fail(CauseOfAll(std::string(status.message())));
    return;
  }
  Watch();
}

absl::Status Supervisor::StartBackend() {
  is_loyal_ = std::exchange(is_suspended_, false) ||
              (up_backend_ != nullptr && SecondsSince(up_ns_) <= kLoyalSeconds);
  const size_t first = std::exchange(first_backend_, 0);
  if (first == 0 || is_loyal_) absences_.clear();
  if (is_loyal_) {
    backend_ = up_backend_;
    return backend_->Start(backend_params_, path_);
  }
  absl::Status status = absl::UnavailableError("no backend");
  for (size_t i = first; i < backends_.size(); ++i) {
    backend_ = backends_[i].get();
    status = backend_->Start(backend_params_, path_);
    if (status.code() != absl::StatusCode::kUnavailable) break;
    NoteAbsence(status.message());
  }
  return status;
}

void Supervisor::NoteAbsence(absl::string_view why) {
  const absl::string_view name(backend_->name().data(),
                               backend_->name().size());
  absences_.push_back(absl::StartsWith(why, name)
                          ? std::string(why)
                          : absl::StrCat(name, ": ", why));
}

std::string Supervisor::CauseOfAll(const std::string& cause) const {
  return absences_.size() > 1 ? absl::StrJoin(absences_, "; ") : cause;
}

bool Supervisor::TryNextBackend() {
  if (is_loyal_) return false;
  NoteAbsence(backend_->status().detail);
  size_t next = 1;
  while (backends_[next - 1].get() != backend_) ++next;
  if (next == backends_.size()) return false;
  first_backend_ = next;
  next_try_ns_ = now_ns();
  Halt();
  return true;
}

void Supervisor::DispatchBackend() {
  backend_->Dispatch();
  last_dispatch_ns_ = now_ns();
}

void Supervisor::Watch() {
  DispatchBackend();
  const BackendStatus status = backend_->status();
  if (status.state != BackendState::kStarting || status.lacks_microphone) {
    starting_ns_.reset();
  }
  if (status.lacks_microphone) NoteNoMicrophone(status);
  switch (status.state) {
    case BackendState::kFailed:
      if (phase_ == Phase::kStarting && status.is_absent && TryNextBackend()) {
        return;
      }
      [[fallthrough]];
    case BackendState::kStopped:
    case BackendState::kStopping:
      Fail(status.detail.empty() ? "the backend stopped"
           : status.is_absent    ? CauseOfAll(status.detail)
                                 : status.detail);
      return;
    case BackendState::kIdle:
      progress_ns_ = now_ns();
      has_flowed_ = false;
      if (phase_ == Phase::kStarting) ComeUp();
      if (!status.lacks_microphone) NoteRecovery();
      break;
    case BackendState::kStarting:
      if (status.lacks_microphone) {
        // The virtual microphone is there and silent.
        progress_ns_ = now_ns();
        if (phase_ == Phase::kStarting) ComeUp();
        break;
      }
      // Also from up: while the server negotiates a format, or a microphone
      // that came back is connected.
      if (!starting_ns_.has_value()) starting_ns_ = now_ns();
      if (SecondsSince(*starting_ns_) > kStartSeconds) {
        Fail(absl::StrCat("not up after ", kStartSeconds,
                          " s: ", status.detail));
        return;
      }
      progress_ns_ = now_ns();
      break;
    case BackendState::kRunning:
      CheckStall(status);
      break;
  }
  if (phase_ != Phase::kUp) return;
  TellLatency();
  if (SecondsSince(phase_began_ns_) > kSteadySeconds) {
    pause_ms_ = kFirstPauseMs;
  }
  CheckMisses();
}

void Supervisor::ComeUp() {
  phase_ = Phase::kUp;
  phase_began_ns_ = now_ns();
  was_ready_ = true;
  up_backend_ = backend_;
  former_params_.reset();
  misses_.fill(path_->counters().num_deadline_misses);
  const BackendStatus status = backend_->status();
  log_->Write(LogLevel::kInfo, "audio_up",
              {{"backend", std::string(backend_->name())},
               {"state", std::string(BackendStateName(status.state))},
               {"device", status.capture_device}});
}

void Supervisor::Restart(const std::string& why) {
  log_->Write(LogLevel::kInfo, "restart", {{"why", why}});
  next_try_ns_ = now_ns();
  if (phase_ != Phase::kUp && phase_ != Phase::kStarting) return;
  if (phase_ == Phase::kUp) up_ns_ = now_ns();
  path_->SetSilent(true);
  phase_ = Phase::kFading;
  phase_began_ns_ = now_ns();
}

void Supervisor::Halt(bool keeps) {
  phase_ = Phase::kHalting;
  phase_began_ns_ = now_ns();
  is_suspended_ = keeps;
  if (backend_ != nullptr) {
    if (keeps) {
      backend_->Suspend();
    } else {
      backend_->Stop();
    }
    if (backend_->status().state == BackendState::kStopping) return;
  }
  AfterHalt();
}

void Supervisor::AfterHalt() {
  if (stops_ && is_suspended_) return Halt();  // asked to end meanwhile
  phase_ = stops_ ? Phase::kStopped : Phase::kWaiting;
  phase_began_ns_ = now_ns();
}

void Supervisor::BeginStop() {
  stops_ = true;
  if (phase_ == Phase::kUp) {
    Restart("stop");
  } else if (phase_ == Phase::kStarting || phase_ == Phase::kWaiting) {
    Halt();
  }
}

void Supervisor::SetBackendParams(const BackendParams& params) {
  if (params == backend_params_) return;
  const BackendParams former = backend_params_;
  backend_params_.source = params.source;
  const bool is_source_alone = params == backend_params_;
  backend_params_ = params;
  if (!is_source_alone || phase_ != Phase::kUp || !backend_->can_set_source()) {
    if (phase_ == Phase::kUp) former_params_ = former;
    Restart(absl::StrCat("source ", params.source));
    return;
  }
  log_->Write(LogLevel::kInfo, "source", {{"name", params.source}});
  backend_->SetSource(params.source);
}

}  // namespace tacet
