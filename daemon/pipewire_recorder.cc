// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipewire_recorder.h"

#include <pipewire/pipewire.h>
#include <spa/param/audio/format-utils.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "daemon/pipewire_graph.h"
#include "daemon/stage_timer.h"

namespace tacet {
namespace {

class PipewireRecorder final : public MicrophoneRecorder {
 public:
  explicit PipewireRecorder(std::shared_ptr<LoopbackTape> tape)
      : tape_(std::move(tape)) {}

  ~PipewireRecorder() override {
    if (loop_ == nullptr) return;
    pw_thread_loop_stop(loop_);
    if (stream_ != nullptr) pw_stream_destroy(stream_);
    pw_thread_loop_destroy(loop_);
  }

  bool Start() {
    pw_init(nullptr, nullptr);
    loop_ = pw_thread_loop_new("tacet-recorder", nullptr);
    if (loop_ == nullptr) return false;
    // With a connection of its own.
    stream_ = pw_stream_new_simple(
        pw_thread_loop_get_loop(loop_), "Tacet latency measurement",
        pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY,
                          "Capture", PW_KEY_MEDIA_ROLE, "Communication",
                          PW_KEY_TARGET_OBJECT, kPipewireSourceName,
                          PW_KEY_CONFIG_NAME, "client-rt.conf", nullptr),
        &kEvents, this);
    return stream_ != nullptr && Connect() && pw_thread_loop_start(loop_) == 0;
  }

  absl::Status status() const override {
    if (!has_failed_.load()) return absl::OkStatus();
    return absl::UnavailableError(
        "loopback: the PipeWire stream that listens has failed");
  }

 private:
  bool Connect() {
    spa_audio_info_raw info = {};
    info.format = SPA_AUDIO_FORMAT_F32;
    info.rate = static_cast<uint32_t>(tape_->rate_hz());
    info.channels = 1;
    info.position[0] = SPA_AUDIO_CHANNEL_MONO;
    uint8_t buffer[1024];
    spa_pod_builder builder;
    spa_pod_builder_init(&builder, buffer, sizeof(buffer));
    const spa_pod* params[] = {
        spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &info)};
    return pw_stream_connect(
               stream_, PW_DIRECTION_INPUT, PW_ID_ANY,
               static_cast<pw_stream_flags>(
                   PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS |
                   PW_STREAM_FLAG_RT_PROCESS | PW_STREAM_FLAG_DONT_RECONNECT),
               params, 1) >= 0;
  }

  // The data thread's.
  void Read() {
    const int64_t now_ns = MonotonicNs();
    pw_buffer* const buffer = pw_stream_dequeue_buffer(stream_);
    if (buffer == nullptr) return;
    const spa_data& data = buffer->buffer->datas[0];
    if (data.data != nullptr) {
      const uint32_t offset = std::min(data.chunk->offset, data.maxsize);
      const uint32_t size = std::min(data.chunk->size, data.maxsize - offset);
      const auto* const frames = reinterpret_cast<const float*>(
          static_cast<const std::byte*>(data.data) + offset);
      tape_->Append(std::span(frames, size / sizeof(float)), now_ns);
    }
    pw_stream_queue_buffer(stream_, buffer);
  }

  static const pw_stream_events kEvents;

  const std::shared_ptr<LoopbackTape> tape_;
  std::atomic<bool> has_failed_ = false;
  pw_thread_loop* loop_ = nullptr;
  pw_stream* stream_ = nullptr;
};

const pw_stream_events PipewireRecorder::kEvents = [] {
  pw_stream_events events = {};
  events.version = PW_VERSION_STREAM_EVENTS;
  events.process = [](void* self) {
    static_cast<PipewireRecorder*>(self)->Read();
  };
  events.state_changed = [](void* self, pw_stream_state, pw_stream_state state,
                            const char*) {
    if (state == PW_STREAM_STATE_ERROR) {
      static_cast<PipewireRecorder*>(self)->has_failed_ = true;
    }
  };
  return events;
}();

}  // namespace

absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> MakePipewireRecorder(
    std::shared_ptr<LoopbackTape> tape) {
  auto recorder = std::make_unique<PipewireRecorder>(std::move(tape));
  if (!recorder->Start()) {
    return absl::UnavailableError(
        "loopback: cannot set up a PipeWire stream that listens");
  }
  return recorder;
}

}  // namespace tacet
