// SPDX-License-Identifier: Apache-2.0
#include "daemon/fake_backend.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tacet {

FakeBackend::FakeBackend(const FakeBackendParams& params)
    : params_(params), device_(params.device) {}

FakeBackend::~FakeBackend() {
  JoinThread();
  if (thread_.joinable()) thread_.detach();
}

absl::Status FakeBackend::Start(const BackendParams& params,
                                AudioClient* client) {
  JoinThread();
  if (thread_.joinable()) {
    return absl::FailedPreconditionError("fake: the former stream hangs");
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (device_.IsActive(FakeEvent::Kind::kServerGone)) {
      return absl::UnavailableError("fake: no server");
    }
    if (device_.IsActive(FakeEvent::Kind::kUnplug)) {
      return absl::NotFoundError("fake: the microphone is unplugged");
    }
    if (params.source != "default" && params.source != "fake_microphone") {
      return absl::NotFoundError(
          absl::StrCat("fake: no source named ", params.source));
    }
    const FakeDeviceParams& device = device_.params();
    absl::Status status =
        client->Configure(device.capture, device.playback, device.clocks);
    if (!status.ok()) return status;
    device_.SetClient(client);
    state_ = BackendState::kRunning;
    detail_.clear();
    source_ = params.source;
    ++num_starts_;
    quits_ = false;
  }
  if (params_.pace != FakeBackendParams::Pace::kManual) {
    thread_ = std::thread(&FakeBackend::RunThread, this);
  }
  return absl::OkStatus();
}

void FakeBackend::Stop() {
  JoinThread();
  const std::lock_guard<std::mutex> lock(mutex_);
  device_.SetClient(nullptr);
  state_ =
      params_.hangs_on_stop ? BackendState::kStopping : BackendState::kStopped;
}

BackendStatus FakeBackend::status() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  BackendStatus status;
  status.state = state_;
  status.detail = detail_;
  status.capture_device = "fake_microphone";
  status.playback_device = "fake_virtual_microphone";
  status.capture = device_.params().capture;
  status.playback = device_.params().playback;
  status.clocks = device_.params().clocks;
  const bool is_up =
      state_ == BackendState::kRunning || state_ == BackendState::kIdle;
  status.num_listeners = is_up ? device_.num_listeners() : 0;
  return status;
}

absl::StatusOr<std::vector<DeviceInfo>> FakeBackend::Devices() {
  const AudioFormat& format = params_.device.capture;
  return std::vector<DeviceInfo>{{.name = "fake_microphone",
                                  .description = "Fake microphone",
                                  .num_channels = format.num_channels,
                                  .sample_rate_hz = format.sample_rate_hz,
                                  .is_default = true}};
}

class FakeBackend::Recorder final : public MicrophoneRecorder {
 public:
  explicit Recorder(FakeBackend* backend) : backend_(backend) {}
  ~Recorder() override {
    const std::lock_guard<std::mutex> lock(backend_->mutex_);
    backend_->device_.SetTape(nullptr);
  }
  absl::Status status() const override { return absl::OkStatus(); }

 private:
  FakeBackend* const backend_;
};

absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> FakeBackend::Record(
    std::shared_ptr<LoopbackTape> tape) {
  const std::lock_guard<std::mutex> lock(mutex_);
  device_.SetTape(std::move(tape));
  return std::make_unique<Recorder>(this);
}

void FakeBackend::Advance(int64_t duration_ns) {
  const std::lock_guard<std::mutex> lock(mutex_);
  AdvanceLocked(duration_ns);
}

int64_t FakeBackend::EndNs() const {
  return params_.total_s > 0.0 ? static_cast<int64_t>(1e9 * params_.total_s)
                               : std::numeric_limits<int64_t>::max();
}

void FakeBackend::AdvanceLocked(int64_t duration_ns) {
  // In steps, so that the state follows the device's events.
  const int64_t until_ns = std::min(device_.now_ns() + duration_ns, EndNs());
  while (device_.now_ns() < until_ns) {
    device_.RunUntil(std::min(device_.now_ns() + kStepNs, until_ns));
    if (state_ != BackendState::kRunning && state_ != BackendState::kIdle) {
      continue;
    }
    if (device_.IsActive(FakeEvent::Kind::kServerGone)) {
      state_ = BackendState::kFailed;
      detail_ = "fake: the server went away";
    } else if (device_.IsActive(FakeEvent::Kind::kUnplug)) {
      state_ = BackendState::kFailed;
      detail_ = "fake: the microphone was unplugged";
    } else {
      state_ = device_.num_listeners() == 0 ? BackendState::kIdle
                                            : BackendState::kRunning;
    }
    if (state_ == BackendState::kFailed) device_.SetClient(nullptr);
  }
  if (until_ns == EndNs() && state_ == BackendState::kRunning) {
    state_ = BackendState::kIdle;
  }
}

void FakeBackend::RunThread() {
  const bool hangs = params_.hangs_on_stop;
  auto due = std::chrono::steady_clock::now();
  while (true) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (quits_ || device_.now_ns() >= EndNs()) break;
      AdvanceLocked(kStepNs);
    }
    if (params_.pace == FakeBackendParams::Pace::kRealTime) {
      due += std::chrono::nanoseconds(kStepNs);
      std::this_thread::sleep_until(due);
    } else {
      std::this_thread::yield();
    }
  }
  // Touches nothing of ours any more, for good.
  // NOLINTNEXTLINE(bugprone-infinite-loop)
  while (hangs) std::this_thread::sleep_for(std::chrono::hours(1));
}

void FakeBackend::JoinThread() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    quits_ = true;
  }
  if (!params_.hangs_on_stop) thread_.join();
}

int64_t FakeBackend::now_ns() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return device_.now_ns();
}

uint64_t FakeBackend::output_hash() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return device_.output_hash();
}

bool FakeBackend::is_finished() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return device_.now_ns() >= EndNs();
}

int FakeBackend::num_starts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return num_starts_;
}

}  // namespace tacet
