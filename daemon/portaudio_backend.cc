// SPDX-License-Identifier: Apache-2.0
#include "daemon/portaudio_backend.h"

#include <dlfcn.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemon/alsa_clues.h"
#include "daemon/backend_mailbox.h"
#include "daemon/jack_recorder.h"
#include "daemon/jack_socket.h"
#include "daemon/portaudio_session.h"

namespace tacet {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// For a callback that is under way.
constexpr milliseconds kGateWait(4);
constexpr milliseconds kLastWait(40);
constexpr milliseconds kHungAfter(2000);

class PortAudioBackend final : public AudioBackend {
 public:
  // may_have_server: false where no JACK server can answer.
  PortAudioBackend(PaHostApiTypeId type,
                   std::function<std::unique_ptr<PortAudioApi>()> make_api,
                   std::function<bool()> may_have_server)
      : type_(type),
        make_api_(std::move(make_api)),
        may_have_server_(std::move(may_have_server)) {}

  ~PortAudioBackend() override {
    Stop();
    if (!thread_.joinable()) return;
    const auto limit = steady_clock::now() + kLastWait;
    while (!session_->has_ended() && steady_clock::now() < limit) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    if (session_->has_ended()) {
      thread_.join();
    } else {
      session_->RequestStop(kLastWait);  // the client may go after us
      thread_.detach();                  // hung; it owns what it needs
    }
  }

  std::string_view name() const override {
    return type_ == paJACK ? "jack" : "alsa";
  }

  absl::Status Start(const BackendParams& params,
                     AudioClient* client) override {
    if (thread_.joinable()) {
      return absl::FailedPreconditionError(
          absl::StrCat(std::string(name()), ": the former stream still runs"));
    }
    if (type_ == paJACK && !may_have_server_()) {
      return absl::UnavailableError("no JACK server answers");
    }
    if (!no_device_.empty() && !clues_.IsWorthAsking(steady_clock::now())) {
      return absl::UnavailableError(no_device_);
    }
    // No other thread of ours reads the environment.
    setenv("PULSE_LATENCY_MSEC", "20", 0);
    setenv("PIPEWIRE_LATENCY", "512/48000", 0);
    Post(BackendState::kStarting, kPortAudioOpening);
    session_ = std::make_shared<PortAudioSession>(make_api_(), type_, params,
                                                  client, mailbox_);
    thread_ = std::thread([session = session_] { session->Run(); });
    return absl::OkStatus();
  }

  void Stop() override {
    if (!thread_.joinable()) return;
    session_->RequestStop(kGateWait);
    if (session_->has_ended()) return Join();
    if (mailbox_->status().state == BackendState::kStopping) return;
    stopping_since_ = steady_clock::now();
    if (session_->is_lost()) return PostHung();
    Post(BackendState::kStopping, "");
  }

  BackendStatus status() const override { return mailbox_->status(); }
  int event_fd() const override { return mailbox_->event_fd(); }

  void Dispatch() override {
    mailbox_->Clear();
    const BackendStatus status = mailbox_->status();
    if (status.state != BackendState::kStopping || !thread_.joinable()) return;
    if (session_->has_ended()) return Join();
    if (steady_clock::now() - stopping_since_ >= kHungAfter &&
        status.detail.empty()) {
      PostHung();
    }
  }

  absl::StatusOr<std::vector<DeviceInfo>> Devices() override {
    std::vector<DeviceInfo> devices = mailbox_->devices();
    if (devices.empty() && !thread_.joinable()) {
      return absl::UnavailableError("PortAudio is not in use");
    }
    return devices;
  }

  absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> Record(
      std::shared_ptr<LoopbackTape> tape) override {
    if (type_ != paJACK) return AudioBackend::Record(std::move(tape));
    return MakeJackRecorder(mailbox_->status().playback_device,
                            std::move(tape));
  }

 private:
  inline static const std::string kHungReason =
      ": PortAudio does not return from closing its stream";

  void Post(BackendState state, const std::string& detail) {
    BackendStatus status;
    status.state = state;
    status.detail = detail;
    status.clocks = type_ == paJACK ? ClockDomain::kOne : ClockDomain::kTwo;
    mailbox_->Post(status);
  }

  void PostHung() {
    BackendStatus status = mailbox_->status();
    status.state = BackendState::kStopping;
    status.detail = kPortAudioHung + kHungReason;
    status.is_hung = true;
    mailbox_->Post(status);
  }

  void Join() {
    thread_.join();
    no_device_ = session_->no_device();
    session_.reset();
    mailbox_->PostDevices({});
    Post(BackendState::kStopped, "");
  }

  const PaHostApiTypeId type_;
  const std::function<std::unique_ptr<PortAudioApi>()> make_api_;
  const std::function<bool()> may_have_server_;
  const std::shared_ptr<BackendMailbox> mailbox_ =
      std::make_shared<BackendMailbox>();
  std::shared_ptr<PortAudioSession> session_;
  std::thread thread_;
  steady_clock::time_point stopping_since_;
  std::string no_device_;  // that the last session found; empty: it found one
  AlsaClues clues_{AlsaClues::UsualPlaces()};
};

bool MayHaveJackServer() {
  // PipeWire's libjack asks PipeWire, a server for all users names its socket
  // another way, and a libjack that does not tell what it is is not known.
  const auto version = reinterpret_cast<const char* (*)()>(
      dlsym(RTLD_DEFAULT, "jack_get_version_string"));
  if (version == nullptr || absl::StrContains(version(), "PipeWire") ||
      std::getenv("JACK_PROMISCUOUS_SERVER") != nullptr) {
    return true;
  }
  const char* const server = std::getenv("JACK_DEFAULT_SERVER");
  return AnyListens(
      JackSocketPaths(server == nullptr ? "default" : server, getuid()));
}

}  // namespace

std::unique_ptr<AudioBackend> MakePortAudioBackend(
    PaHostApiTypeId type,
    std::function<std::unique_ptr<PortAudioApi>()> make_api,
    std::function<bool()> may_have_server) {
  return std::make_unique<PortAudioBackend>(type, std::move(make_api),
                                            std::move(may_have_server));
}

std::unique_ptr<AudioBackend> MakeJackBackend() {
  return MakePortAudioBackend(paJACK, &MakePortAudioApi, &MayHaveJackServer);
}

std::unique_ptr<AudioBackend> MakeAlsaBackend() {
  return MakePortAudioBackend(paALSA, &MakePortAudioApi);
}

}  // namespace tacet
