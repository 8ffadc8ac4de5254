// SPDX-License-Identifier: Apache-2.0
// What the supervisor takes for a failure, and what for the end of one.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/supervisor.h"

namespace tacet {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kSecond = 1'000'000'000;

}  // namespace

// A sleep shows as a jump of boot time against monotonic time. Most servers go
// on by themselves: CheckStall() finds out, and audio that was heard before has
// to come again, which counts as a recovery.
void Supervisor::CheckSleep() {
  const int64_t sleep_ns = now_.boot_ns - now_.monotonic_ns;
  const int64_t slept_ns = sleep_ns - sleep_ns_.value_or(sleep_ns);
  sleep_ns_ = sleep_ns;
  if (slept_ns < static_cast<int64_t>(kSleepSeconds * kSecond)) return;
  pause_ms_ = kFirstPauseMs;
  if (phase_ == Phase::kWaiting) next_try_ns_ = now_ns();
  // The clocks are read one after the other: rounded, not cut off.
  const int64_t slept_s = (slept_ns + kSecond / 2) / kSecond;
  const std::string cause =
      absl::StrCat("the machine slept for ", slept_s, " s");
  if (phase_ == Phase::kStarting) Fail(cause, /*at_once=*/true);
  if (phase_ != Phase::kUp) return;
  log_->Write(LogLevel::kInfo, "slept", {{"seconds", absl::StrCat(slept_s)}});
  if (!has_flowed_) return;
  // Nothing of before goes on.
  path_->BeginSource();
  progress_ns_ = now_ns();
  callbacks_seen_ = path_->counters().num_callbacks;
  if (failed_ns_.has_value()) return;
  failed_ns_ = now_ns();
  recovery_.last_cause = cause;
}

void Supervisor::CheckStall(const BackendStatus& status) {
  const int64_t callbacks = path_->counters().num_callbacks;
  if (callbacks != callbacks_seen_) {
    callbacks_seen_ = callbacks;
    progress_ns_ = now_ns();
    has_flowed_ = true;
    if (phase_ == Phase::kStarting) ComeUp();
    NoteRecovery();
    return;
  }
  const double limit_s = has_flowed_ ? kStallSeconds : kFirstSoundSeconds;
  if (SecondsSince(progress_ns_) > limit_s) {
    Fail(absl::StrCat("no callback from ", status.capture_device, " in ",
                      limit_s, " s"));
  }
}

void Supervisor::NoticeHang() {
  if (needs_new_process_) return;
  const std::string cause =
      absl::StrCat("backend ", std::string(backend_->name()), " does not stop");
  last_error_ = cause;
  log_->Write(LogLevel::kError, "backend_hangs", {{"cause", cause}});
  if (stops_) {
    // The end of the process ends it too.
    AfterHalt();
    return;
  }
  needs_new_process_ = true;
  if (!failed_ns_.has_value()) {
    failed_ns_ = phase_began_ns_;
    recovery_.last_cause = cause;
  }
}

// The microphone went while it was heard. The backend keeps the virtual one,
// and waits.
void Supervisor::NoteNoMicrophone(const BackendStatus& status) {
  callbacks_seen_ = path_->counters().num_callbacks;
  if (!std::exchange(has_flowed_, false) || failed_ns_.has_value()) return;
  failed_ns_ = now_ns();
  recovery_.last_cause = status.detail;
  log_->Write(LogLevel::kWarning, "microphone_lost",
              {{"cause", status.detail}});
}

// What was lost is back.
void Supervisor::NoteRecovery() {
  if (!failed_ns_.has_value()) return;
  ++recovery_.num_recoveries;
  recovery_.last_duration_s = SecondsSince(*failed_ns_);
  recovered_ns_ = now_ns();
  failed_ns_.reset();
  log_->Write(LogLevel::kInfo, "recovered",
              {{"seconds", absl::StrCat(recovery_.last_duration_s)},
               {"cause", recovery_.last_cause}});
}

void Supervisor::Fail(const std::string& cause, bool at_once) {
  if (phase_ == Phase::kUp) up_ns_ = now_ns();
  // Before the first success there is nothing to recover.
  if (phase_ == Phase::kUp && !failed_ns_.has_value()) {
    failed_ns_ = now_ns();
    recovery_.last_cause = cause;
  }
  last_error_ = cause;
  log_->Write(LogLevel::kWarning, "audio_failed",
              {{"cause", cause}, {"next_try_ms", absl::StrCat(pause_ms_)}});
  if (phase_ == Phase::kStarting && former_params_.has_value()) {
    backend_params_ = *std::exchange(former_params_, std::nullopt);
    last_error_ = absl::StrCat(cause, "; the former settings were taken back");
    log_->Write(LogLevel::kError, "params_refused", {{"error", cause}});
    at_once = true;
  }
  const bool keeps = phase_ == Phase::kUp && pause_ms_ == kFirstPauseMs;
  next_try_ns_ = now_ns() + (at_once ? 0 : pause_ms_ * kMs);
  if (!at_once) pause_ms_ = std::min(2 * pause_ms_, kLongestPauseMs);
  Halt(keeps);
}

}  // namespace tacet
