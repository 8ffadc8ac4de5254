// SPDX-License-Identifier: Apache-2.0
// The session's two streams: which source is captured, what they are configured
// to, and when they flow.
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/pulse_session.h"

namespace tacet {
namespace {

// PulseAudio has no period of its own.
constexpr int kDefaultPeriodMs = 10;
constexpr int kMaxPeriodFrames = 8192;

}  // namespace

// The microphone's own rate saves a conversion.
int PulseSession::PickRate(const PulseView& view) const {
  if (params_.sample_rate_hz > 0) return params_.sample_rate_hz;
  const PulseSource* source =
      ChoosePulseSource(view, params_.source, source_name_);
  return source != nullptr ? source->sample_rate_hz : view.default_rate_hz;
}

void PulseSession::FollowSource() {
  // Half of a period: see PulseStream::format().
  const int fragment_frames =
      std::clamp(params_.period_frames > 0
                     ? params_.period_frames
                     : sample_rate_hz_ * kDefaultPeriodMs / 1000,
                 16, kMaxPeriodFrames) /
      2;
  if (playback_ == nullptr) {
    playback_ = std::make_unique<PulsePlayback>(
        context_, kPulseSinkName, sample_rate_hz_,
        std::clamp(params_.num_channels, 1, kMaxChannels), fragment_frames,
        client_);
  }
  const PulseSource* source =
      ChoosePulseSource(observer_.view(), params_.source, source_name_);
  if (source == nullptr) {
    capture_.reset();
    fade_due_.reset();
    return;
  }
  if (capture_ != nullptr && capture_->source_index() == source->index) {
    // What was to replace it is gone again.
    if (fade_due_.has_value()) client_->BeginSource();
    fade_due_.reset();
    return;
  }
  if (source->index == refused_source_) return;
  if (!HasFaded()) return;
  fade_due_.reset();
  capture_.reset();  // from now on nothing comes from it
  client_->BeginSource();
  capture_ = std::make_unique<PulseCapture>(
      context_, source->name, source->index, sample_rate_hz_,
      std::clamp(source->num_channels, 1, kMaxChannels), fragment_frames,
      client_);
  source_name_ = source->name;
}

bool PulseSession::HasFaded() {
  const std::vector<PulseSource>& sources = observer_.view().sources;
  if (!IsReady(capture_.get()) || capture_->is_corked() ||
      std::none_of(sources.begin(), sources.end(),
                   [this](const PulseSource& source) {
                     return source.index == capture_->source_index();
                   })) {
    return true;
  }
  if (!fade_due_.has_value()) {
    client_->EndSource();
    fade_due_ = pa_rtclock_now() + kSourceFadeMs * PA_USEC_PER_MSEC +
                2 * PA_USEC_PER_SEC * capture_format_.period_frames /
                    capture_format_.sample_rate_hz;
  }
  return client_->is_source_ended() || pa_rtclock_now() >= *fade_due_;
}

void PulseSession::UpdateStreams() {
  if (capture_ != nullptr && capture_->state() == PulseStream::State::kLost) {
    refused_source_ = capture_->source_index();
    capture_.reset();
    fade_due_.reset();
    observer_.Invalidate();
  }
  if (playback_ != nullptr && playback_->state() == PulseStream::State::kLost) {
    return Fail("the stream to the virtual microphone was removed");
  }
  if (!Configure()) return;
  Cork();
  Publish();
}

bool PulseSession::Configure() {
  if (!IsReady(capture_.get()) || !IsReady(playback_.get())) return true;
  const AudioFormat capture = capture_->format();
  const AudioFormat playback = playback_->format();
  if (is_configured_ && capture == capture_format_ &&
      playback == playback_format_) {
    return true;
  }
  if (!is_configured_) {
    realtime_ = RequestRealtime(params_.is_realtime, gettid());
  }
  // No audio meanwhile: the streams live on this thread.
  if (absl::Status status =
          client_->Configure(capture, playback, ClockDomain::kTwo);
      !status.ok()) {
    Fail(std::string(status.message()));
    return false;
  }
  capture_format_ = capture;
  playback_format_ = playback;
  if (!is_configured_) virtual_source_.ForgetRendered();
  is_configured_ = true;
  return true;
}

void PulseSession::Cork() {
  const bool flows = is_configured_ && num_listeners_ > 0;
  // While there is no source, playback goes on: the client plays silence, and
  // a new source joins without a gap more.
  for (PulseStream* stream : {static_cast<PulseStream*>(playback_.get()),
                              static_cast<PulseStream*>(capture_.get())}) {
    if (IsReady(stream) && stream->is_corked() == flows) {
      stream->SetCorked(!flows);
    }
  }
  detail_.clear();
  if (!IsReady(capture_.get()) || !is_configured_) {
    state_ = BackendState::kStarting;
    if (capture_ == nullptr) {
      detail_ =
          params_.source == "default"
              ? "there is no microphone yet"
              : absl::StrCat("there is no source ", params_.source, " yet");
    }
  } else {
    state_ = flows ? BackendState::kRunning : BackendState::kIdle;
  }
}

}  // namespace tacet
