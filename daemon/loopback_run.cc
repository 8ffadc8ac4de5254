// SPDX-License-Identifier: Apache-2.0
#include "daemon/loopback_run.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/loopback_search.h"

namespace tacet {
namespace {

constexpr double kSecond = 1e9;
constexpr char kForceHint[] = "; --even-if-heard measures all the same";

absl::Status Refusal(int num_listeners) {
  if (num_listeners < 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "loopback: it is not known whether a program listens", kForceHint));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("loopback: ", num_listeners,
                   num_listeners == 1 ? " program listens" : " programs listen",
                   " to the microphone and would hear the bursts", kForceHint));
}

}  // namespace

absl::StatusOr<std::unique_ptr<LoopbackRun>> LoopbackRun::Begin(
    bool force, AudioPath* path, Supervisor* supervisor, int64_t now_ns) {
  DaemonStatus status;
  supervisor->AddTo(&status);
  if (status.state != DaemonState::kIdle &&
      status.state != DaemonState::kRunning) {
    return absl::UnavailableError(
        absl::StrCat("loopback: no audio, the daemon is ",
                     std::string(DaemonStateName(status.state))));
  }
  std::unique_ptr<LoopbackRun> run(
      new LoopbackRun(force, path, supervisor, now_ns));
  const double seconds = kSettleTwoClocksS +
                         1e-3 * 250 * LoopbackProbe::kNumBursts +
                         2e-3 * kLongestMs;
  run->tape_ = std::make_shared<LoopbackTape>(
      status.device.playback.sample_rate_hz, seconds);
  absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> recorder =
      supervisor->Record(run->tape_);
  if (!recorder.ok()) return recorder.status();
  run->recorder_ = *std::move(recorder);
  const int others = run->recorder_->num_other_listeners().value_or(
      status.device.num_listeners);
  if (others != 0 && !force) return Refusal(others);
  return run;
}

LoopbackRun::LoopbackRun(bool force, AudioPath* path, Supervisor* supervisor,
                         int64_t now_ns)
    : force_(force),
      path_(path),
      supervisor_(supervisor),
      former_mode_(path->mode()),
      began_ns_(now_ns),
      callbacks_before_(path->counters().num_callbacks),
      phase_began_ns_(now_ns) {
  path_->SetMode(Mode::kBypass);
}

LoopbackRun::~LoopbackRun() { Restore(); }

void LoopbackRun::Restore() {
  if (std::exchange(is_restored_, true)) return;
  path_->probe().End();
  // Not over one that was chosen meanwhile.
  if (path_->mode() == Mode::kBypass) path_->SetMode(former_mode_);
  recorder_.reset();
}

void LoopbackRun::EnterPhase(Phase phase, int64_t now_ns) {
  phase_ = phase;
  phase_began_ns_ = now_ns;
}

absl::Status LoopbackRun::Check(int64_t now_ns) const {
  DaemonStatus status;
  supervisor_->AddTo(&status);
  if (status.state != DaemonState::kIdle &&
      status.state != DaemonState::kRunning) {
    return absl::AbortedError("loopback: the audio was interrupted");
  }
  if (path_->mode() != Mode::kBypass) {
    return absl::AbortedError("loopback: the mode was changed meanwhile");
  }
  // Ours is one of them.
  const int others = recorder_->num_other_listeners().value_or(0);
  if (!force_ && others > 0) return Refusal(others);
  if (!force_ && !recorder_->num_other_listeners().has_value() &&
      status.device.num_listeners > 1) {
    return absl::AbortedError(
        "loopback: another program began to listen meanwhile");
  }
  if (now_ns - began_ns_ > kLimitS * kSecond) {
    return absl::DeadlineExceededError(
        absl::StrCat("loopback: not done after ", kLimitS, " s; ",
                     path_->probe().num_sent(), " bursts were sent"));
  }
  return recorder_->status();
}

std::optional<absl::StatusOr<LoopbackReport>> LoopbackRun::Tick(
    int64_t now_ns) {
  if (phase_ != Phase::kSearching) {
    const absl::Status status = Check(now_ns);
    if (!status.ok()) {
      Restore();
      return status;
    }
  }
  const double seconds = (now_ns - phase_began_ns_) / kSecond;
  switch (phase_) {
    case Phase::kSettling:
      // It settles from the first sound on, which may come with our listener.
      if (path_->counters().num_callbacks == callbacks_before_) {
        phase_began_ns_ = now_ns;
      } else if (seconds >= (path_->ring().capacity_frames > 0
                                 ? kSettleTwoClocksS
                                 : kSettleOneClockS)) {
        path_->probe().Begin();
        EnterPhase(Phase::kSending, now_ns);
      }
      break;
    case Phase::kSending:
      if (path_->probe().num_sent() == LoopbackProbe::kNumBursts) {
        // With our listener, who may ask the server for a lower one.
        DaemonStatus status;
        supervisor_->AddTo(&status);
        expected_ms_ = status.latency.total_ms;
        EnterPhase(Phase::kListening, now_ns);
      }
      break;
    case Phase::kListening:
      if (seconds < 1e-3 * kLongestMs) break;
      Restore();
      Search();
      EnterPhase(Phase::kSearching, now_ns);
      break;
    case Phase::kSearching:
      if (report_.wait_for(std::chrono::seconds(0)) !=
          std::future_status::ready) {
        break;
      }
      LoopbackReport report = report_.get();
      report.expected_ms = expected_ms_;
      if (report.num_found == 0) {
        return absl::NotFoundError(absl::StrCat(
            "loopback: none of ", report.num_sent,
            " bursts reached the listener within ", kLongestMs, " ms"));
      }
      return report;
  }
  return std::nullopt;
}

void LoopbackRun::Search() {
  std::vector<int64_t> sent_ns;
  sent_ns.reserve(LoopbackProbe::kNumBursts);
  for (int b = 0; b < LoopbackProbe::kNumBursts; ++b) {
    sent_ns.push_back(path_->probe().sent_ns(b));
  }
  report_ = std::async(std::launch::async,
                       [tape = tape_, sent_ns = std::move(sent_ns)] {
                         return FindBursts(sent_ns, *tape);
                       });
}

}  // namespace tacet
