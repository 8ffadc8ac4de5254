// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipewire_backend.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/pipewire_recorder.h"

namespace tacet {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Where the server does not say.
constexpr int kUsualRateHz = 48000;
constexpr int kUsualPeriodFrames = 1024;
// With a server that does not answer.
constexpr milliseconds kPatience(80);
constexpr milliseconds kLinkRetry(200);
constexpr milliseconds kFadeLook(10);
constexpr int kCyclesToJoin = 2;
constexpr milliseconds kLongestJoin(500);
// Without a cycle: the capture stream is not worth keeping.
constexpr milliseconds kStalled(500);

bool IsSameMicrophone(BackendParams a, const BackendParams& b) {
  a.source = b.source;
  a.is_realtime = b.is_realtime;
  return a == b;
}

}  // namespace

std::unique_ptr<AudioBackend> CreatePipewireBackend() {
  return std::make_unique<PipewireBackend>();
}

absl::Status PipewireBackend::Start(const BackendParams& params,
                                    AudioClient* client) {
  if (is_suspended_) {
    is_suspended_ = false;
    if (connection_->failure().empty() && duplex_->failure().empty() &&
        IsSameMicrophone(params, params_)) {
      return Resume(params, client);
    }
    CloseNow();
  }
  if (connection_ != nullptr) {
    return absl::FailedPreconditionError("pipewire: already started");
  }
  if (params.num_channels < 1 || params.num_channels > kPipewireMaxChannels) {
    return absl::InvalidArgumentError(
        absl::StrCat("pipewire: ", params.num_channels,
                     " channels, expected 1 to ", kPipewireMaxChannels));
  }
  if (std::string_view(params.source).starts_with(kTacetNodePrefix)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "pipewire: ", params.source, " is Tacet's own and cannot feed it"));
  }
  absl::StatusOr<std::unique_ptr<PipewireConnection>> connection =
      PipewireConnection::Open(params.is_realtime);
  if (!connection.ok()) return connection.status();
  connection_ = *std::move(connection);
  params_ = params;
  client_ = client;
  return absl::OkStatus();
}

PipewireBackend::~PipewireBackend() { CloseNow(); }

absl::Status PipewireBackend::Resume(const BackendParams& params,
                                     AudioClient* client) {
  if (params.is_realtime != params_.is_realtime) {
    connection_->SetRealtime(params.is_realtime);
  }
  params_ = params;
  client_ = client;
  absl::Status status = Configure(capture_format_.num_channels);
  if (!status.ok()) Fail(status.message());
  return status;
}

// What flows is silence from now on, without a break for those who listen.
void PipewireBackend::Suspend() {
  if (duplex_ == nullptr || farewell_.has_value() || !failure_.empty() ||
      !connection_->failure().empty() || !duplex_->failure().empty()) {
    return Stop();
  }
  if (is_suspended_) return;
  duplex_->SetClient(nullptr);
  if (steady_clock::now() - cycle_seen_at_ > kStalled) Release();
  fade_due_.reset();
  begin_asked_.reset();
  is_ended_ = false;
  client_ = nullptr;
  configured_ = false;
  is_suspended_ = true;
}

void PipewireBackend::Stop() {
  if (connection_ == nullptr || farewell_.has_value()) return;
  is_suspended_ = false;
  links_.reset();
  duplex_.reset();
  client_ = nullptr;
  // The server frees what is ours once it sees the connection closed. One round
  // trip first, so that it is done then.
  farewell_ = connection_->Ask();
  farewell_due_ = steady_clock::now() + kPatience;
  if (MayClose()) Close();
}

bool PipewireBackend::MayClose() const {
  return connection_->HasDone(*farewell_) || !connection_->failure().empty() ||
         steady_clock::now() >= farewell_due_;
}

void PipewireBackend::Close() {
  connection_.reset();
  farewell_.reset();
  configured_ = false;
  linked_.reset();
  fade_due_.reset();
  begin_asked_.reset();
  is_ended_ = false;
  former_default_.clear();
  failure_.clear();
  next_link_try_ = {};
}

void PipewireBackend::CloseNow() {
  Stop();
  while (farewell_.has_value()) {
    connection_->Iterate(5);
    if (MayClose()) Close();
  }
}

int PipewireBackend::event_fd() const {
  return connection_ != nullptr ? connection_->fd() : -1;
}

void PipewireBackend::Dispatch() {
  if (connection_ == nullptr) return;
  connection_->Iterate(0);
  NoteCycles();
  Reconcile();
  if (farewell_.has_value() && MayClose()) Close();
}

void PipewireBackend::NoteCycles() {
  const int64_t cycles = num_cycles();
  if (cycles == std::exchange(cycles_seen_, cycles)) return;
  cycle_seen_at_ = steady_clock::now();
}

void PipewireBackend::Reconcile() {
  if (!failure_.empty() || farewell_.has_value() || is_suspended_) return;
  if (!connection_->failure().empty()) return Fail(connection_->failure());
  if (duplex_ != nullptr && !duplex_->failure().empty()) {
    return Fail(duplex_->failure());
  }
  if (!connection_->listed()) return;
  if (duplex_ == nullptr) {
    const absl::Status status = MakeDuplex();
    if (!status.ok()) return Fail(status.message());
  }

  const PipewireGraph& graph = connection_->graph();
  if (std::optional<std::string> usable = graph.UsableDefault()) {
    former_default_ = *std::move(usable);
  }
  if (num_listeners() == 0) return Release();

  const std::optional<PipewireTarget> target =
      graph.PickTarget(params_.source, former_default_);
  if (linked_ == target) {
    // What was to replace it is gone again.
    if (fade_due_.has_value()) client_->BeginSource();
    fade_due_.reset();
  } else if (linked_ && !HasFaded()) {
    return connection_->WakeAfter(kFadeLook);
  }
  const int num_channels =
      target ? std::min<int>(target->port_ids.size(), kPipewireMaxChannels)
             : capture_format_.num_channels;
  if (!duplex_->has_capture() ||
      duplex_->num_capture_channels() != num_channels) {
    is_ended_ = is_ended_ || linked_.has_value();
    Release();
    absl::Status status = Configure(num_channels);
    if (status.ok()) status = duplex_->ConnectCapture(num_channels);
    if (!status.ok()) return Fail(status.message());
    if (is_ended_) client_->EndSource();
  }
  Relink(target);
  BeginLinked();
}

absl::Status PipewireBackend::MakeDuplex() {
  PipewireDuplex::Params params;
  params.description = params_.name;
  params.num_channels = params_.num_channels;
  params.sample_rate_hz = params_.sample_rate_hz;
  params.period_frames = params_.period_frames;
  if (params.sample_rate_hz == 0) {
    params.sample_rate_hz = connection_->default_rate_hz();
  }
  if (params.sample_rate_hz == 0) params.sample_rate_hz = kUsualRateHz;

  playback_format_.sample_rate_hz = params.sample_rate_hz;
  playback_format_.num_channels = params.num_channels;
  playback_format_.period_frames = params.period_frames;
  if (playback_format_.period_frames == 0) {
    playback_format_.period_frames = connection_->default_period_frames();
  }
  if (playback_format_.period_frames == 0) {
    playback_format_.period_frames = kUsualPeriodFrames;
  }
  duplex_ = std::make_unique<PipewireDuplex>(connection_.get(), params);
  links_ = std::make_unique<PipewireLinks>(connection_->core());
  absl::Status status = Configure(1);
  if (status.ok()) status = duplex_->ConnectPlayback();
  if (status.ok()) duplex_->SetProcessLatency(process_latency_frames_);
  return status;
}

absl::Status PipewireBackend::Configure(int num_capture_channels) {
  AudioFormat capture = playback_format_;
  capture.num_channels = num_capture_channels;
  if (configured_ && capture == capture_format_) return absl::OkStatus();
  configured_ = false;
  duplex_->SetClient(nullptr);
  capture_format_ = capture;
  absl::Status status =
      client_->Configure(capture_format_, playback_format_, ClockDomain::kOne);
  if (!status.ok()) return status;
  configured_ = true;
  duplex_->SetClient(client_);
  return absl::OkStatus();
}

void PipewireBackend::Release() {
  Unlink();
  duplex_->DropCapture();
}

bool PipewireBackend::HasFaded() {
  if (links_->broken()) return true;
  if (!fade_due_.has_value()) {
    client_->EndSource();
    const PipewireCycle& cycle = duplex_->cycle();
    const int period_ms =
        cycle.graph_rate_hz() > 0
            ? static_cast<int>(int64_t{1000} * cycle.period_frames() /
                               cycle.graph_rate_hz())
            : 0;
    fade_due_ =
        steady_clock::now() + milliseconds(kSourceFadeMs + 2 * period_ms);
  }
  return client_->is_source_ended() || steady_clock::now() >= *fade_due_;
}

void PipewireBackend::Unlink() {
  links_->Clear();
  linked_.reset();
  fade_due_.reset();
  begin_asked_.reset();
}

void PipewireBackend::Relink(const std::optional<PipewireTarget>& target) {
  if (links_->broken() || linked_ != target) {
    if (links_->broken()) next_link_try_ = steady_clock::now() + kLinkRetry;
    // Silent until the next one; it went by itself, or has been faded.
    if (linked_) client_->EndSource();
    is_ended_ = is_ended_ || linked_.has_value();
    Unlink();
  }
  if (!target || linked_ || steady_clock::now() < next_link_try_) return;
  // They appear once the session manager has set up the stream.
  const std::vector<uint32_t> inputs = connection_->graph().Ports(
      duplex_->capture_node(), /*output=*/false, /*monitor=*/false);
  if (static_cast<int>(inputs.size()) != duplex_->num_capture_channels()) {
    return;
  }
  links_->Make(target->port_ids, inputs);
  linked_ = target;
  if (!std::exchange(is_ended_, false)) return client_->BeginSource();
  begin_asked_ = connection_->Ask();
  begin_cycles_.reset();
  begin_due_ = steady_clock::now() + kLongestJoin;
}

// Another source may be another driver, to which the server moves the streams
// of those who listen a cycle later than ours: they would miss how sound
// begins.
void PipewireBackend::BeginLinked() {
  if (!begin_asked_.has_value()) return;
  if (steady_clock::now() < begin_due_) {
    if (!connection_->HasDone(*begin_asked_)) return;
    if (!begin_cycles_.has_value()) begin_cycles_ = num_cycles();
    if (num_cycles() < *begin_cycles_ + kCyclesToJoin) {
      return connection_->WakeAfter(kFadeLook);
    }
  }
  begin_asked_.reset();
  client_->BeginSource();
}

void PipewireBackend::Fail(absl::string_view detail) {
  failure_ = std::string(detail);
  // Nothing of the client may run once the supervisor has heard of it.
  if (duplex_ != nullptr) duplex_->SetClient(nullptr);
}

int PipewireBackend::num_listeners() const {
  return duplex_ != nullptr
             ? connection_->graph().NumListeners(duplex_->playback_node())
             : 0;
}

absl::StatusOr<std::vector<DeviceInfo>> PipewireBackend::Devices() {
  if (connection_ == nullptr || !connection_->failure().empty()) {
    return absl::UnavailableError("pipewire: not connected to a server");
  }
  if (!connection_->listed()) {
    return absl::UnavailableError(
        "pipewire: the server has not listed its sources yet");
  }
  return connection_->graph().Devices();
}

absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> PipewireBackend::Record(
    std::shared_ptr<LoopbackTape> tape) {
  return MakePipewireRecorder(std::move(tape));
}

bool PipewireBackend::can_set_source() const {
  return connection_ != nullptr && !farewell_.has_value() && !is_suspended_ &&
         failure_.empty();
}

void PipewireBackend::SetSource(const std::string& source) {
  if (std::string_view(source).starts_with(kTacetNodePrefix)) {
    return Fail(absl::StrCat("pipewire: ", source,
                             " is Tacet's own and cannot feed it"));
  }
  params_.source = source;
  if (connection_ != nullptr) Reconcile();
}

void PipewireBackend::SetProcessLatency(int num_frames) {
  process_latency_frames_ = num_frames;
  if (duplex_ != nullptr) duplex_->SetProcessLatency(num_frames);
}

int64_t PipewireBackend::num_cycles() const {
  return duplex_ != nullptr ? duplex_->cycle().num_cycles() : 0;
}

}  // namespace tacet
