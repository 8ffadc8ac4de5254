// SPDX-License-Identifier: Apache-2.0
#include "daemon/pulse_stream.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <utility>

namespace tacet {
namespace {

// Recorded audio that we do not fetch (the daemon was stopped for a while) is
// dropped by the server beyond this, so that latency cannot grow.
constexpr int kMaxRecordedMs = 200;
// In the server's hands, of the null sink: one that it takes, two on the way.
constexpr int kPlaybackFragments = 3;
constexpr uint32_t kServerChooses = static_cast<uint32_t>(-1);

int64_t MonotonicNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void Release(pa_operation* operation) {
  if (operation != nullptr) pa_operation_unref(operation);
}

}  // namespace

PulseStream::PulseStream(pa_context* context, const char* name,
                         int sample_rate_hz, int num_channels,
                         AudioClient* client)
    : client_(client),
      spec_{PA_SAMPLE_FLOAT32NE, static_cast<uint32_t>(sample_rate_hz),
            static_cast<uint8_t>(num_channels)},
      planes_(kMaxChannels * kMaxFrames) {
  stream_ = pa_stream_new(context, name, &spec_, nullptr);
}

PulseStream::~PulseStream() {
  if (stream_ == nullptr) return;
  pa_stream_set_read_callback(stream_, nullptr, nullptr);
  pa_stream_set_write_callback(stream_, nullptr, nullptr);
  pa_stream_set_overflow_callback(stream_, nullptr, nullptr);
  pa_stream_set_underflow_callback(stream_, nullptr, nullptr);
  pa_stream_disconnect(stream_);
  pa_stream_unref(stream_);
}

PulseStream::State PulseStream::state() const {
  if (stream_ == nullptr) return State::kLost;
  switch (pa_stream_get_state(stream_)) {
    case PA_STREAM_CREATING:
      return State::kConnecting;
    case PA_STREAM_READY:
      return State::kReady;
    default:
      return State::kLost;
  }
}

AudioFormat PulseStream::format() const {
  const int fragment = std::clamp(fragment_frames(), 1, kMaxFrames);
  return {.sample_rate_hz = static_cast<int>(spec_.rate),
          .num_channels = spec_.channels,
          .period_frames = 2 * fragment,
          .jitter_frames = fragment};
}

void PulseStream::SetCorked(bool corked) {
  is_corked_ = corked;
  has_flowed_ = false;
  Release(pa_stream_cork(stream_, corked ? 1 : 0, nullptr, nullptr));
  // What is in the buffers is of no use when audio flows again.
  if (corked) Release(pa_stream_flush(stream_, nullptr, nullptr));
}

bool PulseStream::TakeProgress() {
  const bool has_progress = std::exchange(has_progress_, false);
  return has_progress || is_corked_ || pa_stream_is_suspended(stream_) == 1;
}

PulseCapture::PulseCapture(pa_context* context, const std::string& source_name,
                           uint32_t source_index, int sample_rate_hz,
                           int num_channels, int fragment_frames,
                           AudioClient* client)
    : PulseStream(context, "capture", sample_rate_hz, num_channels, client),
      source_name_(source_name),
      source_index_(source_index) {
  if (stream_ == nullptr) return;
  pa_stream_set_read_callback(stream_, &OnReadable, this);
  pa_stream_set_overflow_callback(stream_, &OnOverflow, this);
  const pa_buffer_attr attributes = {
      .maxlength = static_cast<uint32_t>(
          frame_bytes() * std::max<int64_t>(spec_.rate * kMaxRecordedMs / 1000,
                                            8 * fragment_frames)),
      .tlength = kServerChooses,
      .prebuf = kServerChooses,
      .minreq = kServerChooses,
      .fragsize = static_cast<uint32_t>(frame_bytes() * fragment_frames)};
  // Never moved: when its source goes, the server would move the stream to the
  // default one, which may well be our own microphone.
  const auto flags = static_cast<pa_stream_flags_t>(
      PA_STREAM_ADJUST_LATENCY | PA_STREAM_DONT_MOVE |
      PA_STREAM_START_CORKED | PA_STREAM_START_UNMUTED);
  // An error shows in the state.
  pa_stream_connect_record(stream_, source_name.c_str(), &attributes, flags);
}

int PulseCapture::fragment_frames() const {
  const pa_buffer_attr* attributes = pa_stream_get_buffer_attr(stream_);
  if (attributes == nullptr) return 0;
  return static_cast<int>(attributes->fragsize / frame_bytes());
}

double PulseCapture::latency_ms() const { return 0.0; }

void PulseCapture::SetCorked(bool corked) {
  PulseStream::SetCorked(corked);
  if (!corked) Read();
}

void PulseCapture::OnReadable(pa_stream*, size_t, void* self) {
  static_cast<PulseCapture*>(self)->Read();
}

void PulseCapture::OnOverflow(pa_stream*, void* self) {
  auto* capture = static_cast<PulseCapture*>(self);
  if (!capture->is_corked_) capture->client_->NoteXrun(0);
}

void PulseCapture::Read() {
  const int64_t now_ns = MonotonicNs();
  for (;;) {
    const size_t readable = pa_stream_readable_size(stream_);
    if (readable == 0 || readable == static_cast<size_t>(-1)) return;
    const void* data = nullptr;
    size_t bytes = 0;
    if (pa_stream_peek(stream_, &data, &bytes) < 0 || bytes == 0) return;
    if (!is_corked_) {
      NoteProgress();
      const auto later = static_cast<int64_t>(
          (readable - std::min(readable, bytes)) / frame_bytes());
      const auto frames = static_cast<int64_t>(bytes / frame_bytes());
      if (data == nullptr) {  // a hole: the server has lost these
        client_->NoteXrun(frames);
      } else {
        const auto* samples = static_cast<const float*>(data);
        for (int64_t done = 0; done < frames; done += kMaxFrames) {
          const int n =
              static_cast<int>(std::min<int64_t>(frames - done, kMaxFrames));
          Deliver(samples + done * spec_.channels, n,
                  now_ns - FramesToNs(later + frames - done - n));
        }
      }
    }
    pa_stream_drop(stream_);
  }
}

void PulseCapture::Deliver(const float* frames, int num_frames,
                           int64_t now_ns) {
  const int num_channels = spec_.channels;
  std::array<const float*, kMaxChannels> in;
  if (num_channels == 1) {
    in[0] = frames;
  } else {
    for (int c = 0; c < num_channels; ++c) {
      float* plane = planes_.data() + c * kMaxFrames;
      for (int i = 0; i < num_frames; ++i) {
        plane[i] = frames[i * num_channels + c];
      }
      in[c] = plane;
    }
  }
  client_->Capture(std::span(in).first(num_channels), num_frames, now_ns);
}

PulsePlayback::PulsePlayback(pa_context* context, const std::string& sink_name,
                             int sample_rate_hz, int num_channels,
                             int fragment_frames, AudioClient* client)
    : PulseStream(context, "playback", sample_rate_hz, num_channels, client) {
  if (stream_ == nullptr) return;
  pa_stream_set_write_callback(stream_, &OnWritable, this);
  pa_stream_set_underflow_callback(stream_, &OnUnderflow, this);
  const auto fragment = static_cast<uint32_t>(frame_bytes() * fragment_frames);
  const pa_buffer_attr attributes = {.maxlength = kServerChooses,
                                     .tlength = kPlaybackFragments * fragment,
                                     .prebuf = kServerChooses,
                                     .minreq = fragment,
                                     .fragsize = kServerChooses};
  const auto flags = static_cast<pa_stream_flags_t>(
      PA_STREAM_ADJUST_LATENCY | PA_STREAM_DONT_MOVE |
      PA_STREAM_START_CORKED | PA_STREAM_START_UNMUTED);
  // Said outright, or the server restores what it had another time.
  pa_cvolume volume;
  pa_cvolume_set(&volume, spec_.channels, PA_VOLUME_NORM);
  pa_stream_connect_playback(stream_, sink_name.c_str(), &attributes, flags,
                             &volume, nullptr);
}

int PulsePlayback::fragment_frames() const {
  const pa_buffer_attr* attributes = pa_stream_get_buffer_attr(stream_);
  if (attributes == nullptr) return 0;
  return static_cast<int>(attributes->minreq / frame_bytes());
}

double PulsePlayback::latency_ms() const {
  const pa_buffer_attr* attributes = pa_stream_get_buffer_attr(stream_);
  if (attributes == nullptr || attributes->tlength <= attributes->minreq) {
    return 0.0;
  }
  return FramesToMs(static_cast<double>(attributes->tlength -
                                        attributes->minreq) /
                    static_cast<double>(frame_bytes()));
}

void PulsePlayback::SetCorked(bool corked) {
  PulseStream::SetCorked(corked);
  // What was asked for meanwhile is not asked for again. It is the server's
  // whole buffer, and at once: not what the client's clock should begin with.
  if (!corked) WriteSilence(pa_stream_writable_size(stream_));
}

void PulsePlayback::WriteSilence(size_t bytes) {
  if (bytes == static_cast<size_t>(-1)) return;
  while (bytes > 0) {
    void* data = nullptr;
    size_t size = bytes;
    if (pa_stream_begin_write(stream_, &data, &size) < 0 || size == 0) return;
    std::memset(data, 0, size);  // floats of 0
    if (pa_stream_write(stream_, data, size, nullptr, 0, PA_SEEK_RELATIVE) <
        0) {
      return;
    }
    bytes -= std::min(size, bytes);
  }
}

void PulsePlayback::OnWritable(pa_stream*, size_t bytes, void* self) {
  auto* playback = static_cast<PulsePlayback*>(self);
  if (!playback->is_corked_) playback->Write(bytes);
}

void PulsePlayback::OnUnderflow(pa_stream*, void* self) {
  auto* playback = static_cast<PulsePlayback*>(self);
  if (!playback->is_corked_) playback->client_->NoteXrun(0);
}

void PulsePlayback::Write(size_t bytes) {
  if (bytes == static_cast<size_t>(-1)) return;
  int64_t now_ns = MonotonicNs();
  auto left = static_cast<int64_t>(bytes / frame_bytes());
  while (left > 0) {
    void* data = nullptr;
    size_t size =
        frame_bytes() *
        static_cast<size_t>(std::min<int64_t>(left, kMaxFrames));
    if (pa_stream_begin_write(stream_, &data, &size) < 0) return;
    const int n = static_cast<int>(size / frame_bytes());
    if (n == 0) {
      pa_stream_cancel_write(stream_);
      return;
    }
    NoteProgress();
    Fill(static_cast<float*>(data), n, now_ns);
    if (pa_stream_write(stream_, data, n * frame_bytes(), nullptr, 0,
                        PA_SEEK_RELATIVE) < 0) {
      return;
    }
    now_ns += FramesToNs(n);
    left -= n;
  }
}

void PulsePlayback::Fill(float* frames, int num_frames, int64_t now_ns) {
  const int num_channels = spec_.channels;
  std::array<float*, kMaxChannels> out;
  for (int c = 0; c < num_channels; ++c) {
    out[c] = num_channels == 1 ? frames : planes_.data() + c * kMaxFrames;
  }
  client_->Playback(std::span(out).first(num_channels), num_frames, now_ns);
  if (num_channels == 1) return;
  for (int c = 0; c < num_channels; ++c) {
    for (int i = 0; i < num_frames; ++i) {
      frames[i * num_channels + c] = out[c][i];
    }
  }
}

}  // namespace tacet
