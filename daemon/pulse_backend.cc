// SPDX-License-Identifier: Apache-2.0
#include "daemon/pulse_backend.h"

#include <atomic>
#include <chrono>
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

using std::chrono::milliseconds;
// A call takes at most 100 ms; a server that is there answers in a few.
constexpr milliseconds kStartWait(80);
constexpr milliseconds kStopWait(80);

class PulseBackend final : public AudioBackend {
 public:
  ~PulseBackend() override {
    if (!thread_.joinable()) return;
    session_->RequestStop();
    thread_.join();  // within a second
  }

  std::string_view name() const override { return "pulseaudio"; }

  absl::Status Start(const BackendParams& params,
                     AudioClient* client) override {
    if (thread_.joinable()) {
      return absl::FailedPreconditionError(
          "the PulseAudio backend is started already");
    }
    mailbox_.PostDevices({});
    Post(BackendState::kStarting, kPulseConnecting);
    has_ended_.store(false);
    session_ = std::make_unique<PulseSession>(params, client, &mailbox_);
    thread_ = std::thread([this] {
      session_->Run();
      has_ended_.store(true);
      mailbox_.Poke();
    });
    mailbox_.WaitUntil(
        [](const BackendStatus& status) {
          return status.state != BackendState::kStarting ||
                 status.detail != kPulseConnecting;
        },
        kStartWait);
    const BackendStatus status = mailbox_.status();
    if (status.state != BackendState::kFailed) return absl::OkStatus();
    Stop();
    return absl::UnavailableError(status.detail);
  }

  void Stop() override {
    if (!thread_.joinable()) return;
    session_->RequestStop();
    const auto limit = std::chrono::steady_clock::now() + kStopWait;
    while (!has_ended_.load() && std::chrono::steady_clock::now() < limit) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    if (!has_ended_.load()) {
      BackendStatus status = mailbox_.status();
      status.state = BackendState::kStopping;
      status.detail.clear();
      mailbox_.Post(status);
      return;
    }
    Join();
  }

  bool can_set_source() const override { return thread_.joinable(); }
  void SetSource(const std::string& source) override {
    if (thread_.joinable()) session_->RequestSource(source);
  }

  BackendStatus status() const override { return mailbox_.status(); }
  int event_fd() const override { return mailbox_.event_fd(); }

  void Dispatch() override {
    mailbox_.Clear();
    if (thread_.joinable() && has_ended_.load() &&
        mailbox_.status().state == BackendState::kStopping) {
      Join();
    }
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
  void Post(BackendState state, const char* detail) {
    BackendStatus status;
    status.state = state;
    status.detail = detail;
    status.clocks = ClockDomain::kTwo;
    mailbox_.Post(status);
  }

  void Join() {
    thread_.join();
    session_.reset();
    mailbox_.PostDevices({});
    Post(BackendState::kStopped, "");
  }

  BackendMailbox mailbox_;
  std::unique_ptr<PulseSession> session_;
  std::thread thread_;
  std::atomic<bool> has_ended_ = false;
};

}  // namespace

std::unique_ptr<AudioBackend> MakePulseBackend() {
  return std::make_unique<PulseBackend>();
}

}  // namespace tacet
