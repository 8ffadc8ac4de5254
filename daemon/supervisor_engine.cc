// SPDX-License-Identifier: Apache-2.0
// Which model the supervisor lets run: the one asked for, or a smaller one
// where the machine is too slow.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/supervisor.h"

namespace tacet {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

}  // namespace

absl::Status Supervisor::UseEngine(const NamedEngine& engine) {
  absl::Status status = path_->SwapEngine(engine.engine, engine.prepared.get());
  if (status.ok()) {
    engine_ = engine;
    next_engine_.reset();
    engine_status_ = status;
    stepped_down_from_.clear();
    log_->Write(LogLevel::kInfo, "model", {{"name", engine.name}});
    return status;
  }
  if (status.code() == absl::StatusCode::kFailedPrecondition) {
    next_engine_ = engine;
    engine_status_ = absl::OkStatus();
    stepped_down_from_.clear();
    Restart(absl::StrCat("model ", engine.name, " has another latency"));
    return absl::OkStatus();
  }
  last_error_ = std::string(status.message());
  log_->Write(LogLevel::kError, "model_refused", {{"error", last_error_}});
  return status;
}

void Supervisor::TakeNextEngine() {
  NamedEngine engine = *std::exchange(next_engine_, std::nullopt);
  engine_status_ = path_->ReplaceEngine(engine.engine, engine.prepared.get());
  if (engine_status_.ok()) {
    engine_ = std::move(engine);
    return;
  }
  last_error_ = std::string(engine_status_.message());
  log_->Write(LogLevel::kError, "model_refused", {{"error", last_error_}});
}

bool Supervisor::is_settled() const {
  if (next_engine_.has_value()) return false;
  switch (phase_) {
    case Phase::kStarting:
    case Phase::kFading:
    case Phase::kHalting:
      return false;
    case Phase::kUp:
      return !path_->is_swapping() ||
             backend_->status().state != BackendState::kRunning;
    case Phase::kWaiting:
    case Phase::kStopped:
      return true;
  }
  return true;
}

void Supervisor::CheckMisses() {
  const int64_t second = now_ns() / kSecond;
  const int64_t misses = path_->counters().num_deadline_misses;
  // A slot holds the count at the start of its second; it is looked at before
  // it is written anew, kMissWindowSeconds later.
  for (; misses_second_ < second; ++misses_second_) {
    misses_second_ = std::max(misses_second_, second - kMissWindowSeconds);
    misses_[(misses_second_ + 1) % kMissWindowSeconds] = misses;
  }
  if (stepping_.valid()) StepDown();
  if (path_->is_swapping() || stepping_.valid()) {
    // Two engines run; what they miss together tells of neither.
    misses_.fill(misses);
    return;
  }
  const int64_t in_window =
      misses - *std::min_element(misses_.begin(), misses_.end());
  if (misses_to_step_down_ <= 0 || in_window < misses_to_step_down_ ||
      !smaller_engine_) {
    return;
  }
  misses_.fill(misses);
  log_->Write(LogLevel::kWarning, "too_slow",
              {{"misses", absl::StrCat(in_window)}, {"model", engine_.name}});
  stepping_ = smaller_engine_(engine_);
  stepping_from_ = engine_.name;
}

void Supervisor::StepDown() {
  if (stepping_.wait_for(std::chrono::seconds(0)) !=
      std::future_status::ready) {
    return;
  }
  const std::optional<NamedEngine> smaller = stepping_.get();
  // Another one may have been asked for meanwhile.
  if (!smaller.has_value() || engine_.name != stepping_from_ ||
      next_engine_.has_value()) {
    return;
  }
  log_->Write(LogLevel::kWarning, "step_down",
              {{"from", engine_.name}, {"to", smaller->name}});
  // Only at the same latency; another would be heard.
  if (path_->SwapEngine(smaller->engine, smaller->prepared.get()).ok()) {
    if (stepped_down_from_.empty()) stepped_down_from_ = engine_.name;
    engine_ = *smaller;
  }
}

}  // namespace tacet
