// SPDX-License-Identifier: Apache-2.0
#include "daemon/pulse_session.h"

#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

// Silence is counted in ticks, not by the clock: a daemon that was stopped for
// a while finds one tick due, and the server's data beside it.
constexpr int kTickMs = 200;
constexpr int kIdleTickMs = 60000;  // in case an event was missed: it costs
constexpr int kSilentTicks = 4;     // of a running stream, or a missing answer
constexpr int kFirstTicks = 25;     // a Bluetooth headset takes its time
constexpr int kIdleSilentTicks = 1;
constexpr int kStartTicks = 25;  // until the virtual microphone is there
constexpr int kStopTicks = 4;
constexpr int kTicksPerView = 10;  // in case an event was missed

}  // namespace

PulseSession::PulseSession(const BackendParams& params, AudioClient* client,
                           BackendMailbox* mailbox)
    : params_(params),
      client_(client),
      mailbox_(mailbox),
      wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      virtual_source_(params.name,
                      std::clamp(params.num_channels, 1, kMaxChannels)) {}

PulseSession::~PulseSession() {
  if (wake_fd_ >= 0) close(wake_fd_);
}

void PulseSession::RequestStop(End end) {
  end_.store(end);
  stop_requested_.store(true);
  Wake();
}

void PulseSession::RequestSource(const std::string& source) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    requested_source_ = source;
  }
  Wake();
}

void PulseSession::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = write(wake_fd_, &one, sizeof(one));
}

void PulseSession::TakeSource() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!requested_source_.has_value()) return;
  params_.source = *std::exchange(requested_source_, std::nullopt);
  refused_source_ = PA_INVALID_INDEX;
  observer_.Invalidate();
}

void PulseSession::Run() {
  if (!Connect()) {
    Fail(context_ == nullptr ? "cannot set up a PulseAudio client"
                             : pa_strerror(pa_context_errno(context_)));
    is_done_ = true;
  }
  while (!is_done_) {
    if (pa_mainloop_iterate(loop_, 1, nullptr) < 0) {
      Fail("the PulseAudio main loop has failed");
      break;
    }
    Step();
  }
  capture_.reset();
  playback_.reset();
  if (timer_ != nullptr) api_->time_free(timer_);
  if (wake_event_ != nullptr) api_->io_free(wake_event_);
  if (context_ != nullptr) {
    // Cancels what the server still owes us.
    pa_context_disconnect(context_);
    pa_context_unref(context_);
  }
  if (loop_ != nullptr) pa_mainloop_free(loop_);
}

bool PulseSession::Connect() {
  loop_ = pa_mainloop_new();
  if (loop_ == nullptr || wake_fd_ < 0) return false;
  api_ = pa_mainloop_get_api(loop_);
  wake_event_ = api_->io_new(api_, wake_fd_, PA_IO_EVENT_INPUT, &OnWake, this);
  pa_proplist* properties = pa_proplist_new();
  pa_proplist_sets(properties, PA_PROP_APPLICATION_ID, "tacet");
  pa_proplist_sets(properties, PA_PROP_APPLICATION_ICON_NAME,
                   "audio-input-microphone");
  context_ = pa_context_new_with_proplist(api_, "Tacet", properties);
  pa_proplist_free(properties);
  if (context_ == nullptr) return false;
  // Starting a server is the desktop's business, not ours.
  if (pa_context_connect(context_, nullptr, PA_CONTEXT_NOAUTOSPAWN, nullptr) <
      0) {
    return false;
  }
  SetTimer();
  return true;
}

void PulseSession::SetTimer() {
  const int64_t tick_ms = state_ == BackendState::kIdle ? kIdleTickMs : kTickMs;
  if (timer_ != nullptr && tick_ms == tick_ms_) return;
  tick_ms_ = tick_ms;
  answer_ticks_ = capture_ticks_ = playback_ticks_ = 0;
  const pa_usec_t due = pa_rtclock_now() + tick_ms * PA_USEC_PER_MSEC;
  if (timer_ == nullptr) {
    timer_ = pa_context_rttime_new(context_, due, &OnTick, this);
  } else {
    pa_context_rttime_restart(context_, timer_, due);
  }
}

void PulseSession::OnTick(pa_mainloop_api*, pa_time_event* timer,
                          const timeval*, void* data) {
  auto* self = static_cast<PulseSession*>(data);
  pa_context_rttime_restart(
      self->context_, timer,
      pa_rtclock_now() + self->tick_ms_ * PA_USEC_PER_MSEC);
  self->Tick();
}

void PulseSession::OnWake(pa_mainloop_api*, pa_io_event*, int fd,
                          pa_io_event_flags_t, void* self) {
  uint64_t count;  // Step() looks at what is requested
  [[maybe_unused]] const ssize_t n = read(fd, &count, sizeof(count));
  static_cast<PulseSession*>(self)->TakeSource();
}

void PulseSession::Tick() {
  if (virtual_source_.state() == PulseVirtualSource::State::kUnloading ||
      end_.load() == End::kSweep) {
    if (++stop_ticks_ >= kStopTicks) is_done_ = true;
    return;
  }
  if (state_ == BackendState::kFailed) return;
  is_due_ = true;
  const bool is_idle = state_ == BackendState::kIdle;
  answer_ticks_ = observer_.is_waiting() ? answer_ticks_ + 1 : 0;
  if (answer_ticks_ >= (is_idle ? kIdleSilentTicks : kSilentTicks)) {
    return Fail("the PulseAudio server does not answer");
  }
  if (virtual_source_.state() != PulseVirtualSource::State::kReady &&
      ++start_ticks_ >= kStartTicks) {
    return Fail("the PulseAudio server did not set up the virtual microphone");
  }
  const auto is_silent = [](PulseStream* stream, int* ticks) {
    const bool progress = stream == nullptr || stream->TakeProgress();
    *ticks = progress ? 0 : *ticks + 1;
    return *ticks >=
           (progress || stream->has_flowed() ? kSilentTicks : kFirstTicks);
  };
  if (is_silent(capture_.get(), &capture_ticks_)) {
    return Fail(absl::StrCat("no audio came from ", source_name_));
  }
  if (is_silent(playback_.get(), &playback_ticks_)) {
    return Fail("the PulseAudio server took no audio");
  }
  const bool retry =
      std::exchange(refused_source_, PA_INVALID_INDEX) != PA_INVALID_INDEX;
  if (is_idle || retry || ++num_ticks_ % kTicksPerView == 0) {
    observer_.Invalidate();
  }
}

void PulseSession::Step() {
  const pa_context_state_t connection = pa_context_get_state(context_);
  if (!PA_CONTEXT_IS_GOOD(connection)) {
    if (!stop_requested_.load()) {
      Fail(absl::StrCat("PulseAudio: ",
                        pa_strerror(pa_context_errno(context_))));
    }
    is_done_ = true;
    return;
  }
  if (stop_requested_.load() && end_.load() == End::kSweep) return Sweep();
  if (stop_requested_.load()) {
    if (virtual_source_.state() != PulseVirtualSource::State::kUnloading) {
      BeginStop();
    }
    if (virtual_source_.state() == PulseVirtualSource::State::kUnloaded) {
      is_done_ = true;
    }
    return;
  }
  if (connection != PA_CONTEXT_READY || state_ == BackendState::kFailed) {
    return;
  }
  if (!is_observing_) {
    is_observing_ = true;
    observer_.Start(context_);
    detail_.clear();
    Publish();
  }
  // With each piece of audio that comes.
  if (fade_due_.has_value()) FollowSource();
  if (observer_.Poll()) Observe();
  if (virtual_source_.state() == PulseVirtualSource::State::kFailed) {
    return Fail(virtual_source_.error());
  }
  if (virtual_source_.state() == PulseVirtualSource::State::kReady &&
      (std::exchange(is_due_, false) || !IsSteady())) {
    UpdateStreams();
  }
  SetTimer();
}

// While audio flows each piece of it comes through here: what else could have
// changed is looked at with each tick.
bool PulseSession::IsSteady() const {
  return state_ == BackendState::kRunning && IsReady(capture_.get()) &&
         IsReady(playback_.get());
}

void PulseSession::Observe() {
  is_due_ = true;
  const PulseView& view = observer_.view();
  mailbox_->PostDevices(ListPulseDevices(view));
  if (virtual_source_.state() == PulseVirtualSource::State::kNone) {
    sample_rate_hz_ = PickRate(view);
    virtual_source_.Load(context_, view, sample_rate_hz_);
    observer_.Invalidate();
    return;
  }
  virtual_source_.Observe(view);
  if (virtual_source_.state() != PulseVirtualSource::State::kReady) return;
  const uint32_t microphone = virtual_source_.source_index();
  num_listeners_ = CountPulseListeners(view, microphone);
  for (const uint32_t listener : listeners_.Observe(view, microphone)) {
    pa_operation* operation = pa_context_move_source_output_by_index(
        context_, listener, microphone, nullptr, nullptr);
    if (operation != nullptr) pa_operation_unref(operation);
  }
  FollowSource();
}

void PulseSession::BeginStop() {
  capture_.reset();
  playback_.reset();
  if (pa_context_get_state(context_) != PA_CONTEXT_READY ||
      end_.load() == End::kKeep) {
    is_done_ = true;
    return;
  }
  state_ = BackendState::kStopping;
  virtual_source_.Unload();
  stop_ticks_ = 0;
  SetTimer();
}

void PulseSession::Sweep() {
  if (pa_context_get_state(context_) != PA_CONTEXT_READY) return;
  if (!std::exchange(is_observing_, true)) observer_.Start(context_);
  if (observer_.Poll() &&
      virtual_source_.state() == PulseVirtualSource::State::kNone) {
    virtual_source_.UnloadLeftovers(context_, observer_.view());
  }
  if (virtual_source_.state() == PulseVirtualSource::State::kUnloaded) {
    is_done_ = true;
  }
}

void PulseSession::Fail(std::string detail) {
  if (state_ == BackendState::kFailed) return;
  capture_.reset();
  playback_.reset();
  state_ = BackendState::kFailed;
  detail_ = std::move(detail);
  Publish();
}

void PulseSession::Publish() {
  BackendStatus status = mailbox_->status();
  const std::string& source =
      capture_ == nullptr ? std::string() : capture_->source_name();
  const double latency_ms =
      is_configured_ && playback_ != nullptr
          ? playback_->latency_ms() + observer_.view().sink_latency_ms
          : 0.0;
  const bool is_absent = state_ == BackendState::kFailed && !is_observing_;
  const bool lacks_microphone = state_ == BackendState::kStarting &&
                                playback_ != nullptr && capture_ == nullptr;
  if (status.state == state_ && status.detail == detail_ &&
      status.is_absent == is_absent &&
      status.lacks_microphone == lacks_microphone &&
      status.capture_device == source && status.capture == capture_format_ &&
      status.playback == playback_format_ && status.latency_ms == latency_ms &&
      status.num_listeners == num_listeners_) {
    return;
  }
  status.state = state_;
  status.detail = detail_;
  status.capture_device = source;
  status.playback_device = kPulseSourceName;
  status.capture = capture_format_;
  status.playback = playback_format_;
  status.clocks = ClockDomain::kTwo;
  status.latency_ms = latency_ms;
  status.realtime = realtime_.kind;
  status.realtime_detail = realtime_.detail;
  status.is_absent = is_absent;
  status.lacks_microphone = lacks_microphone;
  status.num_listeners = num_listeners_;
  mailbox_->Post(status);
}

}  // namespace tacet
