// SPDX-License-Identifier: Apache-2.0
#include "daemon/pulse_backend.h"

#include <atomic>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "daemon/backend_mailbox.h"
#include "daemon/pulse_recorder.h"
#include "daemon/pulse_session.h"

namespace tacet {
namespace {

class PulseBackend final : public AudioBackend {
 public:
  ~PulseBackend() override {
    if (!thread_.joinable()) return;
    session_->RequestStop(PulseSession::End::kRemove);
    thread_.join();  // within a second
  }

  std::string_view name() const override { return "pulseaudio"; }

  absl::Status Start(const BackendParams& params,
                     AudioClient* client) override {
    if (thread_.joinable()) {
      return absl::FailedPreconditionError(
          "the PulseAudio backend is started already");
    }
    is_kept_ = false;
    BackendParams session_params = params;
    // Another rate than that of the microphone that was kept would be another
    // microphone.
    const int kept_rate_hz = std::exchange(kept_rate_hz_, 0);
    if (params.sample_rate_hz == 0) {
      session_params.sample_rate_hz = kept_rate_hz;
    }
    mailbox_.PostDevices({});
    Post(BackendState::kStarting, kPulseConnecting);
    session_ =
        std::make_unique<PulseSession>(session_params, client, &mailbox_);
    Run();
    return absl::OkStatus();
  }

  void Stop() override {
    if (thread_.joinable()) return End(PulseSession::End::kRemove);
    if (!std::exchange(is_kept_, false)) return;
    session_ =
        std::make_unique<PulseSession>(BackendParams(), nullptr, &mailbox_);
    session_->RequestStop(PulseSession::End::kSweep);
    Run();
    is_stopping_ = true;
  }

  void Suspend() override {
    if (!thread_.joinable()) return;
    is_kept_ = true;
    End(PulseSession::End::kKeep);
  }

  bool can_set_source() const override { return thread_.joinable(); }
  void SetSource(const std::string& source) override {
    if (thread_.joinable()) session_->RequestSource(source);
  }

  BackendStatus status() const override {
    BackendStatus status = mailbox_.status();
    if (is_stopping_) {
      status.state = BackendState::kStopping;
      status.detail.clear();
    }
    return status;
  }
  int event_fd() const override { return mailbox_.event_fd(); }

  void Dispatch() override {
    mailbox_.Clear();
    if (is_stopping_ && has_ended_.load()) Join();
  }

  absl::StatusOr<std::vector<DeviceInfo>> Devices() override {
    std::vector<DeviceInfo> devices = mailbox_.devices();
    if (devices.empty() && !thread_.joinable()) {
      return absl::UnavailableError("not connected to a PulseAudio server");
    }
    return devices;
  }

  absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> Record(
      std::shared_ptr<LoopbackTape> tape) override {
    return MakePulseRecorder(std::move(tape));
  }

 private:
  void Run() {
    has_ended_.store(false);
    thread_ = std::thread([this] {
      session_->Run();
      has_ended_.store(true);
      mailbox_.Poke();
    });
  }

  void End(PulseSession::End end) {
    session_->RequestStop(end);
    is_stopping_ = true;
    if (has_ended_.load()) Join();
  }

  void Post(BackendState state, const char* detail) {
    BackendStatus status;
    status.state = state;
    status.detail = detail;
    status.clocks = ClockDomain::kTwo;
    mailbox_.Post(status);
  }

  void Join() {
    thread_.join();
    if (is_kept_) kept_rate_hz_ = session_->sample_rate_hz();
    session_.reset();
    is_stopping_ = false;
    mailbox_.PostDevices({});
    Post(BackendState::kStopped, "");
  }

  BackendMailbox mailbox_;
  std::unique_ptr<PulseSession> session_;
  std::thread thread_;
  std::atomic<bool> has_ended_ = false;
  bool is_stopping_ = false;  // until the thread has ended
  bool is_kept_ = false;      // the virtual microphone, by Suspend()
  int kept_rate_hz_ = 0;
};

}  // namespace

std::unique_ptr<AudioBackend> MakePulseBackend() {
  return std::make_unique<PulseBackend>();
}

}  // namespace tacet
