// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipewire_duplex.h"

#include <spa/param/audio/format-utils.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

PipewireDuplex* Self(void* data) { return static_cast<PipewireDuplex*>(data); }

spa_latency_info NoLatency(spa_direction direction) {
  spa_latency_info info = {};
  info.direction = direction;
  return info;
}

void SetChannels(spa_audio_info_raw* info, int num_channels) {
  info->channels = static_cast<uint32_t>(num_channels);
  if (num_channels == 1) {
    info->position[0] = SPA_AUDIO_CHANNEL_MONO;
  } else if (num_channels == 2) {
    info->position[0] = SPA_AUDIO_CHANNEL_FL;
    info->position[1] = SPA_AUDIO_CHANNEL_FR;
  } else {  // we link port by port, so that the names do not matter
    for (int i = 0; i < num_channels; ++i) {
      info->position[i] = SPA_AUDIO_CHANNEL_AUX0 + i;
    }
  }
}

// A buffer of ours: floats of one channel.
const spa_pod* BuildBuffers(spa_pod_builder* builder, int num_frames) {
  constexpr int kStride = sizeof(float);
  return static_cast<const spa_pod*>(spa_pod_builder_add_object(
      builder, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers,
      SPA_PARAM_BUFFERS_size, SPA_POD_Int(num_frames * kStride),
      SPA_PARAM_BUFFERS_stride, SPA_POD_Int(kStride)));
}

double BesidePeriodsMs(const spa_latency_info& info, int rate_hz) {
  return 1e3 * info.max_rate / rate_hz +
         1e-6 * static_cast<double>(info.max_ns);
}

}  // namespace

const pw_stream_events PipewireDuplex::kCaptureEvents = [] {
  pw_stream_events events = {};
  events.version = PW_VERSION_STREAM_EVENTS;
  events.process = [](void* data) { Self(data)->cycle_.OnCapture(); };
  events.state_changed = [](void* data, pw_stream_state, pw_stream_state state,
                            const char* error) {
    Self(data)->OnState(state, error);
  };
  events.param_changed = [](void* data, uint32_t id, const spa_pod* param) {
    if (id == SPA_PARAM_Latency) {
      Self(data)->OnLatency(param, Self(data)->capture_);
    }
  };
  return events;
}();

const pw_stream_events PipewireDuplex::kPlaybackEvents = [] {
  pw_stream_events events = {};
  events.version = PW_VERSION_STREAM_EVENTS;
  events.process = [](void* data) { Self(data)->cycle_.OnPlayback(); };
  events.state_changed = [](void* data, pw_stream_state, pw_stream_state state,
                            const char* error) {
    Self(data)->OnState(state, error);
  };
  events.param_changed = [](void* data, uint32_t id, const spa_pod* param) {
    if (id == SPA_PARAM_Latency) {
      Self(data)->OnLatency(param, Self(data)->playback_);
    }
  };
  events.io_changed = [](void* data, uint32_t id, void* area, uint32_t size) {
    Self(data)->OnPlaybackIo(id, area, size);
  };
  return events;
}();

PipewireDuplex::PipewireDuplex(PipewireConnection* connection, Params params)
    : connection_(connection),
      params_(std::move(params)),
      group_(absl::StrCat("tacet-", getpid())),
      upstream_(NoLatency(SPA_DIRECTION_OUTPUT)),
      downstream_(NoLatency(SPA_DIRECTION_INPUT)) {}

PipewireDuplex::~PipewireDuplex() {
  SetClient(nullptr);
  DropCapture();
  if (playback_ == nullptr) return;
  connection_->RunOnDataThread([this] { cycle_.wiring() = {}; });
  spa_hook_remove(&playback_hook_);
  pw_stream_destroy(playback_);
}

pw_properties* PipewireDuplex::Properties(const char* name) const {
  pw_properties* properties = pw_properties_new(
      PW_KEY_NODE_NAME, name, PW_KEY_MEDIA_TYPE, "Audio",
      // One group: one driver runs both, in one cycle. The link group tells
      // session managers that one feeds the other, lest they close a loop.
      PW_KEY_NODE_GROUP, group_.c_str(), PW_KEY_NODE_LINK_GROUP,
      group_.c_str(), PW_KEY_NODE_VIRTUAL, "true",
      // No level or target of an earlier day.
      "state.restore-props", "false", "state.restore-target", "false",
      nullptr);
  if (params_.period_frames > 0) {
    pw_properties_setf(properties, PW_KEY_NODE_LATENCY, "%d/%d",
                       params_.period_frames, params_.sample_rate_hz);
  }
  return properties;
}

absl::Status PipewireDuplex::ConnectPlayback() {
  pw_properties* properties = Properties(kPipewireSourceName);
  pw_properties_set(properties, PW_KEY_MEDIA_CLASS, "Audio/Source");
  pw_properties_set(properties, PW_KEY_NODE_DESCRIPTION,
                    params_.description.c_str());
  pw_properties_set(properties, PW_KEY_NODE_NICK, params_.description.c_str());
  playback_ = pw_stream_new(connection_->core(), params_.description.c_str(),
                            properties);
  if (playback_ == nullptr) {
    return absl::InternalError(absl::StrCat(
        "pipewire: no stream for ", params_.description, ": ",
        std::strerror(errno)));
  }
  pw_stream_add_listener(playback_, &playback_hook_, &kPlaybackEvents, this);
  connection_->RunOnDataThread([this] {
    cycle_.wiring().playback = playback_;
  });
  return Connect(playback_, PW_DIRECTION_OUTPUT, params_.num_channels,
                 PW_STREAM_FLAG_TRIGGER);
}

absl::Status PipewireDuplex::ConnectCapture(int num_channels) {
  DropCapture();
  pw_properties* properties = Properties(kPipewireCaptureName);
  pw_properties_set(properties, PW_KEY_MEDIA_CATEGORY, "Capture");
  pw_properties_set(properties, PW_KEY_MEDIA_ROLE, "DSP");
  pw_properties_set(properties, PW_KEY_NODE_DESCRIPTION,
                    absl::StrCat(params_.description, " (input)").c_str());
  // Whatever links to it must not keep the source running by itself. We make
  // our links ourselves: the session manager may pick a monitor.
  pw_properties_set(properties, PW_KEY_NODE_PASSIVE, "true");
  pw_properties_set(properties, PW_KEY_NODE_AUTOCONNECT, "false");
  capture_ = pw_stream_new(connection_->core(), "Tacet input", properties);
  if (capture_ == nullptr) {
    return absl::InternalError(absl::StrCat(
        "pipewire: no capture stream: ", std::strerror(errno)));
  }
  num_capture_channels_ = num_channels;
  pw_stream_add_listener(capture_, &capture_hook_, &kCaptureEvents, this);
  connection_->RunOnDataThread([this] {
    cycle_.wiring().capture = capture_;
    cycle_.Restart();
  });
  absl::Status status = Connect(capture_, PW_DIRECTION_INPUT, num_channels, 0);
  if (status.ok()) SendLatency(downstream_, capture_);
  return status;
}

void PipewireDuplex::DropCapture() {
  if (capture_ == nullptr) return;
  connection_->RunOnDataThread([this] {
    cycle_.wiring().capture = nullptr;
    cycle_.Restart();
  });
  spa_hook_remove(&capture_hook_);
  pw_stream_destroy(std::exchange(capture_, nullptr));
  num_capture_channels_ = 0;
  upstream_ = NoLatency(SPA_DIRECTION_OUTPUT);
}

absl::Status PipewireDuplex::Connect(pw_stream* stream, pw_direction direction,
                                     int num_channels, int flags) {
  spa_audio_info_raw info = {};
  info.format = SPA_AUDIO_FORMAT_F32P;
  info.rate = static_cast<uint32_t>(params_.sample_rate_hz);
  SetChannels(&info, num_channels);
  uint8_t buffer[1024];
  spa_pod_builder builder;
  spa_pod_builder_init(&builder, buffer, sizeof(buffer));
  const spa_pod* params[2] = {
      spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &info)};
  uint32_t num_params = 1;
  // At the graph's own rate a cycle has no more frames than its longest period.
  // libpipewire would take twice that, and then enlarge, by copying, scratch
  // buffers of 64 channels that it never uses: 4 MB.
  if (params_.sample_rate_hz == connection_->default_rate_hz()) {
    params[num_params++] =
        BuildBuffers(&builder, connection_->longest_period_frames());
  }
  const int result = pw_stream_connect(
      stream, direction, PW_ID_ANY,
      static_cast<pw_stream_flags>(PW_STREAM_FLAG_MAP_BUFFERS |
                                   PW_STREAM_FLAG_RT_PROCESS | flags),
      params, num_params);
  if (result < 0) {
    return absl::InternalError(
        absl::StrCat("pipewire: cannot connect ",
                     direction == PW_DIRECTION_INPUT ? "the capture stream"
                                                     : params_.description,
                     ": ", std::strerror(-result)));
  }
  return absl::OkStatus();
}

void PipewireDuplex::SetClient(AudioClient* client) {
  connection_->RunOnDataThread([this, client] {
    cycle_.wiring().client = client;
    cycle_.Restart();
  });
}

void PipewireDuplex::OnPlaybackIo(uint32_t id, void* area, uint32_t size) {
  if (id != SPA_IO_Position) return;
  const auto* position =
      size >= sizeof(spa_io_position) ? static_cast<spa_io_position*>(area)
                                      : nullptr;
  // The memory goes away after this call.
  connection_->RunOnDataThread([this, position] {
    cycle_.wiring().position = position;
  });
}

void PipewireDuplex::OnState(pw_stream_state state, const char* error) {
  if (state == PW_STREAM_STATE_ERROR && failure_.empty()) {
    failure_ = absl::StrCat("pipewire: stream: ",
                            error != nullptr ? error : "unknown error");
  }
  // Between pause and start no cycle is missed.
  if (state == PW_STREAM_STATE_PAUSED) {
    connection_->RunOnDataThread([this] { cycle_.Restart(); });
  }
}

void PipewireDuplex::SetProcessLatency(int num_frames) {
  process_latency_frames_ = num_frames;
  SendLatency(upstream_, playback_);
  SendLatency(downstream_, capture_);
}

void PipewireDuplex::OnLatency(const spa_pod* param, pw_stream* from) {
  spa_latency_info info;
  if (param == nullptr || spa_latency_parse(param, &info) < 0) return;
  if (from == capture_ && info.direction == SPA_DIRECTION_OUTPUT) {
    upstream_ = info;
    SendLatency(info, playback_);
  } else if (from == playback_ && info.direction == SPA_DIRECTION_INPUT) {
    downstream_ = info;
    SendLatency(info, capture_);
  }
}

void PipewireDuplex::SendLatency(const spa_latency_info& info, pw_stream* to) {
  if (to == nullptr) return;
  spa_latency_info sum = info;
  sum.min_rate += static_cast<uint32_t>(process_latency_frames_);
  sum.max_rate += static_cast<uint32_t>(process_latency_frames_);
  uint8_t buffer[1024];
  spa_pod_builder builder;
  spa_pod_builder_init(&builder, buffer, sizeof(buffer));
  const spa_pod* params[] = {
      spa_latency_build(&builder, SPA_PARAM_Latency, &sum)};
  pw_stream_update_params(to, params, 1);
}

uint32_t PipewireDuplex::playback_node() const {
  return playback_ != nullptr ? pw_stream_get_node_id(playback_)
                              : SPA_ID_INVALID;
}

uint32_t PipewireDuplex::capture_node() const {
  return capture_ != nullptr ? pw_stream_get_node_id(capture_)
                             : SPA_ID_INVALID;
}

bool PipewireDuplex::playback_ready() const {
  return playback_ != nullptr &&
         pw_stream_get_state(playback_, nullptr) >= PW_STREAM_STATE_PAUSED;
}

bool PipewireDuplex::streaming() const {
  return playback_ready() && capture_ != nullptr &&
         pw_stream_get_state(playback_, nullptr) ==
             PW_STREAM_STATE_STREAMING &&
         pw_stream_get_state(capture_, nullptr) == PW_STREAM_STATE_STREAMING;
}

double PipewireDuplex::server_latency_ms() const {
  return BesidePeriodsMs(upstream_, params_.sample_rate_hz) +
         BesidePeriodsMs(downstream_, params_.sample_rate_hz);
}

}  // namespace tacet
