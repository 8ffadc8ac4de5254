// SPDX-License-Identifier: Apache-2.0
#include "daemon/pulse_recorder.h"

#include <pulse/pulseaudio.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "daemon/pulse_modules.h"
#include "daemon/stage_timer.h"

namespace tacet {
namespace {

constexpr int kFragmentMs = 10;

class PulseRecorder final : public MicrophoneRecorder {
 public:
  explicit PulseRecorder(std::shared_ptr<LoopbackTape> tape)
      : tape_(std::move(tape)) {}

  ~PulseRecorder() override {
    if (loop_ == nullptr) return;
    pa_threaded_mainloop_stop(loop_);
    if (stream_ != nullptr) {
      pa_stream_disconnect(stream_);
      pa_stream_unref(stream_);
    }
    if (context_ != nullptr) {
      pa_context_disconnect(context_);
      pa_context_unref(context_);
    }
    pa_threaded_mainloop_free(loop_);
  }

  bool Start() {
    loop_ = pa_threaded_mainloop_new();
    if (loop_ == nullptr) return false;
    context_ = pa_context_new(pa_threaded_mainloop_get_api(loop_),
                              "Tacet latency measurement");
    if (context_ == nullptr) return false;
    pa_context_set_state_callback(
        context_,
        [](pa_context*, void* self) {
          static_cast<PulseRecorder*>(self)->OnContext();
        },
        this);
    return pa_context_connect(context_, nullptr, PA_CONTEXT_NOAUTOSPAWN,
                              nullptr) >= 0 &&
           pa_threaded_mainloop_start(loop_) >= 0;
  }

  absl::Status status() const override {
    const int error = error_.load();
    if (error == PA_OK) return absl::OkStatus();
    return absl::UnavailableError(
        absl::StrCat("loopback: PulseAudio: ", pa_strerror(error)));
  }

 private:
  // All below: the loop's thread.
  void OnContext() {
    const pa_context_state_t state = pa_context_get_state(context_);
    if (!PA_CONTEXT_IS_GOOD(state)) error_ = pa_context_errno(context_);
    if (state == PA_CONTEXT_READY && !Connect()) {
      error_ = pa_context_errno(context_);
    }
  }

  bool Connect() {
    const pa_sample_spec spec = {PA_SAMPLE_FLOAT32NE,
                                 static_cast<uint32_t>(tape_->rate_hz()), 1};
    stream_ = pa_stream_new(context_, "Latency measurement", &spec, nullptr);
    if (stream_ == nullptr) return false;
    pa_stream_set_read_callback(
        stream_,
        [](pa_stream*, size_t, void* self) {
          static_cast<PulseRecorder*>(self)->Read();
        },
        this);
    pa_stream_set_state_callback(
        stream_,
        [](pa_stream* stream, void* self) {
          if (pa_stream_get_state(stream) == PA_STREAM_FAILED) {
            static_cast<PulseRecorder*>(self)->error_ =
                pa_context_errno(pa_stream_get_context(stream));
          }
        },
        this);
    pa_buffer_attr attributes;
    attributes.maxlength = attributes.tlength = attributes.prebuf =
        attributes.minreq = static_cast<uint32_t>(-1);
    attributes.fragsize = static_cast<uint32_t>(
        pa_usec_to_bytes(kFragmentMs * PA_USEC_PER_MSEC, &spec));
    return pa_stream_connect_record(
               stream_, kPulseSourceName, &attributes,
               static_cast<pa_stream_flags_t>(PA_STREAM_ADJUST_LATENCY |
                                              PA_STREAM_DONT_MOVE)) >= 0;
  }

  // All that is there came by now.
  void Read() {
    const int64_t now_ns = MonotonicNs();
    const void* bytes;
    size_t num_bytes;
    block_.clear();
    while (pa_stream_readable_size(stream_) > 0 &&
           pa_stream_peek(stream_, &bytes, &num_bytes) >= 0 && num_bytes > 0) {
      const size_t num_frames = num_bytes / sizeof(float);
      if (bytes == nullptr) {  // a hole
        block_.insert(block_.end(), num_frames, 0.0f);
      } else {
        const auto* const frames = static_cast<const float*>(bytes);
        block_.insert(block_.end(), frames, frames + num_frames);
      }
      pa_stream_drop(stream_);
    }
    tape_->Append(block_, now_ns);
  }

  const std::shared_ptr<LoopbackTape> tape_;
  std::atomic<int> error_ = PA_OK;
  pa_threaded_mainloop* loop_ = nullptr;
  pa_context* context_ = nullptr;
  pa_stream* stream_ = nullptr;
  std::vector<float> block_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> MakePulseRecorder(
    std::shared_ptr<LoopbackTape> tape) {
  auto recorder = std::make_unique<PulseRecorder>(std::move(tape));
  if (!recorder->Start()) {
    return absl::InternalError("loopback: cannot set up a PulseAudio client");
  }
  return recorder;
}

}  // namespace tacet
