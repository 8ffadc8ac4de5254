// SPDX-License-Identifier: Apache-2.0
#include "daemon/portaudio_session.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "daemon/alsa_clues.h"
#include "daemon/portaudio_devices.h"
#include "daemon/realtime_scheduling.h"

namespace tacet {
namespace {

constexpr std::chrono::milliseconds kTick(100);
constexpr int kSilentTicks = 9;  // with the tick's own delay: within a second
constexpr int kMaxChannels = PortAudioStreamState::kMaxChannels;
constexpr int kDefaultAlsaPeriod = 512;

absl::Status ToStatus(PaError error, const char* what) {
  if (error == paNoError) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(what, ": ", Pa_GetErrorText(error)));
}

}  // namespace

PortAudioSession::PortAudioSession(std::unique_ptr<PortAudioApi> api,
                                   PaHostApiTypeId type,
                                   const BackendParams& params,
                                   AudioClient* client,
                                   std::shared_ptr<BackendMailbox> mailbox)
    : api_(std::move(api)),
      type_(type),
      params_(params),
      client_(client),
      mailbox_(std::move(mailbox)) {
  status_ = mailbox_->status();
}

void PortAudioSession::Run() {
  absl::Status status = Open();
  if (status.ok()) status = StartStreams();
  if (status.ok()) {
    Watch();
  } else {
    Fail(std::string(status.message()), /*is_absent=*/true);
  }
  if (is_lost_.load()) return;
  Close();
  has_ended_.store(true);
  mailbox_->Poke();
}

void PortAudioSession::RequestStop(std::chrono::milliseconds limit) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_requested_ = true;
  }
  wake_.notify_all();
  gate_.Close(limit);
}

absl::Status PortAudioSession::Open() {
  if (type_ == paJACK) api_->SetJackClientName(params_.name);
  if (absl::Status status = ToStatus(api_->Initialize(type_), "PortAudio");
      !status.ok()) {
    return status;
  }
  is_initialized_ = true;
  std::optional<JackServer> server;
  if (type_ == paJACK) {
    server = api_->FindJackServer();
    if (!server) return absl::UnavailableError("no JACK server answers");
  }
  if (api_->HostApi(type_) == nullptr) {
    return absl::UnavailableError("PortAudio does not reach this system");
  }
  mailbox_->PostDevices(ListPortAudioDevices(*api_, type_));
  const absl::StatusOr<PaDeviceIndex> source =
      FindPortAudioSource(*api_, type_, params_.source);
  const absl::StatusOr<PaDeviceIndex> sink =
      FindPortAudioSink(*api_, type_, params_.name);
  if (!source.ok() || !sink.ok()) {
    absl::Status missing = source.ok() ? sink.status() : source.status();
    // A card that another program uses shows as none; it may be free again
    // without a sign.
    if (type_ == paALSA && (!sink.ok() || !HasCaptureCard())) {
      no_device_ = std::string(missing.message());
    }
    return missing;
  }

  const PaDeviceInfo& in = *api_->Info(*source);
  const PaDeviceInfo& out = *api_->Info(*sink);
  AudioFormat& capture = status_.capture;
  AudioFormat& playback = status_.playback;
  // JACK opens at its own rate only.
  capture.sample_rate_hz = server
                               ? server->sample_rate_hz
                               : (params_.sample_rate_hz > 0
                                      ? params_.sample_rate_hz
                                      : static_cast<int>(in.defaultSampleRate));
  capture.period_frames =
      server ? server->period_frames
             : (params_.period_frames > 0 ? params_.period_frames
                                          : kDefaultAlsaPeriod);
  playback = capture;
  capture.num_channels = std::clamp(in.maxInputChannels, 1, kMaxChannels);
  playback.num_channels = std::clamp(
      std::min(params_.num_channels, out.maxOutputChannels), 1, kMaxChannels);
  status_.capture_device = in.name;
  status_.playback_device = server ? params_.name : out.name;
  status_.clocks = server ? ClockDomain::kOne : ClockDomain::kTwo;

  const double latency_s = 2.0 * capture.period_frames / capture.sample_rate_hz;
  constexpr PaSampleFormat kFormat = paFloat32 | paNonInterleaved;
  const PaStreamParameters input = {*source, capture.num_channels, kFormat,
                                    latency_s, nullptr};
  const PaStreamParameters output = {*sink, playback.num_channels, kFormat,
                                     latency_s, nullptr};
  const double rate_hz = capture.sample_rate_hz;
  if (server) return OpenOne(0, &input, &output, rate_hz);
  // Never one duplex stream: over ALSA's plugins it stalls.
  if (absl::Status status = OpenOne(0, &input, nullptr, rate_hz);
      !status.ok()) {
    return status;
  }
  return OpenOne(1, nullptr, &output, rate_hz);
}

absl::Status PortAudioSession::OpenOne(int which,
                                       const PaStreamParameters* input,
                                       const PaStreamParameters* output,
                                       double rate_hz) {
  PortAudioStreamState& state = states_[which];
  state.gate = &gate_;
  state.num_inputs = input == nullptr ? 0 : input->channelCount;
  state.num_outputs = output == nullptr ? 0 : output->channelCount;
  state.gaps.Reset(static_cast<int>(rate_hz));
  return ToStatus(api_->Open(&streams_[which], input, output, rate_hz,
                             &PortAudioStreamState::OnAudio, &state),
                  input == nullptr ? "cannot open the playback device"
                                   : "cannot open the capture device");
}

absl::Status PortAudioSession::StartStreams() {
  if (absl::Status status =
          client_->Configure(status_.capture, status_.playback, status_.clocks);
      !status.ok()) {
    return status;
  }
  // JACK's client runs from the first cycle on, so that its latency is over all
  // the sooner, but is not heard while PortAudio connects it to the
  // loudspeakers.
  states_[0].is_muted.store(type_ == paJACK);
  if (type_ == paJACK) OpenGate();
  double latency_s = 0.0;
  for (PaStream* stream : streams_) {
    if (stream == nullptr) continue;
    if (absl::Status status =
            ToStatus(api_->Start(stream), "cannot start the stream");
        !status.ok()) {
      return status;
    }
    if (const PaStreamInfo* info = api_->Info(stream); info != nullptr) {
      // JACK's output latency is that of the loudspeakers, where PortAudio
      // connects us; who listens to our port hears it in the same cycle.
      latency_s += info->inputLatency;
      if (type_ != paJACK) latency_s += info->outputLatency;
    }
  }
  status_.latency_ms = latency_s * 1e3;
  if (type_ == paJACK &&
      !api_->DisconnectJackOutputs(status_.playback.num_channels)) {
    return absl::InternalError(
        "cannot disconnect the microphone from the loudspeakers");
  }
  states_[0].is_muted.store(false);
  if (type_ != paJACK) OpenGate();
  const std::lock_guard<std::mutex> lock(mutex_);
  status_.state = BackendState::kRunning;
  status_.realtime_detail = "no audio yet";
  status_.detail.clear();
  if (!stop_requested_) mailbox_->Post(status_);
  return absl::OkStatus();
}

void PortAudioSession::OpenGate() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!stop_requested_) gate_.Open(client_);
}

void PortAudioSession::Watch() {
  std::array<int64_t, 2> seen{};
  std::array<int, 2> silent_ticks{};
  bool is_scheduled = false;
  std::unique_lock<std::mutex> lock(mutex_);
  // Ticks are counted, not time: a daemon that was stopped for a while has
  // missed one.
  while (!wake_.wait_for(lock, kTick, [this] { return stop_requested_; })) {
    if (!is_scheduled && HaveCalled()) {
      is_scheduled = true;
      lock.unlock();
      Schedule();
      lock.lock();
      if (stop_requested_) return;
      mailbox_->Post(status_);
    }
    for (int i = 0; i < 2; ++i) {
      if (streams_[i] == nullptr) continue;
      if (api_->HasEnded(streams_[i])) {
        is_lost_.store(type_ == paJACK);
        lock.unlock();
        return Fail("the sound server or device has gone");
      }
      const int64_t now = states_[i].num_callbacks.load();
      silent_ticks[i] = now == seen[i] ? silent_ticks[i] + 1 : 0;
      seen[i] = now;
      if (silent_ticks[i] < kSilentTicks) continue;
      lock.unlock();
      return Fail("no audio for one second");
    }
  }
}

bool PortAudioSession::HaveCalled() const {
  for (int i = 0; i < 2; ++i) {
    if (streams_[i] != nullptr && states_[i].num_callbacks.load() == 0) {
      return false;
    }
  }
  return true;
}

void PortAudioSession::Schedule() {
  for (int i = 0; i < 2; ++i) {
    if (streams_[i] == nullptr) continue;
    const pthread_t thread = states_[i].thread.load();
    if (type_ != paJACK) {
      const RealtimeGrant grant =
          RequestRealtime(params_.is_realtime, ThreadId(thread));
      status_.realtime = grant.kind;
      status_.realtime_detail = grant.detail;
    } else if (ObservedRealtime(thread) != RealtimeKind::kNone) {
      // libjack's own thread, as the server runs.
      status_.realtime = RealtimeKind::kServer;
      status_.realtime_detail.clear();
    } else {
      status_.realtime_detail = "the JACK server does not run in real time";
    }
  }
}

void PortAudioSession::Close() {
  for (PaStream* stream : streams_) {
    if (stream == nullptr) continue;
    api_->Abort(stream);
    api_->Close(stream);
  }
  if (is_initialized_) api_->Terminate();
}

void PortAudioSession::Fail(const std::string& detail, bool is_absent) {
  gate_.Close(kTick);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stop_requested_) return;
  status_.state = BackendState::kFailed;
  status_.is_absent = is_absent;
  status_.detail = detail;
  mailbox_->Post(status_);
}

}  // namespace tacet
