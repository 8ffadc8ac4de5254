// SPDX-License-Identifier: Apache-2.0
// A PipeWire client for scripts/e2e/paused_listener.py: pipewire_listener SOURCE
// records from a source as programs do, and throws away what it hears. SIGUSR1
// pauses it, its links stay; SIGUSR2 lets it go on; SIGINT ends it.
#include <pipewire/pipewire.h>
#include <spa/param/audio/format-utils.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <initializer_list>

namespace {

struct Listener {
  pw_main_loop* loop = nullptr;
  pw_stream* stream = nullptr;
};

void OnProcess(void* data) {
  const Listener& listener = *static_cast<Listener*>(data);
  pw_buffer* buffer = pw_stream_dequeue_buffer(listener.stream);
  if (buffer != nullptr) pw_stream_queue_buffer(listener.stream, buffer);
}

void OnSignal(void* data, int number) {
  const Listener& listener = *static_cast<Listener*>(data);
  if (number == SIGINT) {
    pw_main_loop_quit(listener.loop);
  } else {
    pw_stream_set_active(listener.stream, number == SIGUSR2);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: pipewire_listener SOURCE\n", stderr);
    return 2;
  }
  pw_init(nullptr, nullptr);
  Listener listener;
  listener.loop = pw_main_loop_new(nullptr);
  pw_loop* loop = pw_main_loop_get_loop(listener.loop);
  // Before the data thread is there, which shall not be killed by them.
  for (const int number : {SIGINT, SIGUSR1, SIGUSR2}) {
    pw_loop_add_signal(loop, number, &OnSignal, &listener);
  }
  pw_stream_events events = {};
  events.version = PW_VERSION_STREAM_EVENTS;
  events.process = &OnProcess;
  listener.stream = pw_stream_new_simple(
      loop, "listener",
      pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY,
                        "Capture", PW_KEY_NODE_NAME, "listener",
                        PW_KEY_TARGET_OBJECT, argv[1], nullptr),
      &events, &listener);
  uint8_t buffer[1024];
  spa_pod_builder builder = SPA_POD_BUILDER_INIT(buffer, sizeof(buffer));
  spa_audio_info_raw info = {};
  info.format = SPA_AUDIO_FORMAT_F32;
  info.channels = 1;
  info.position[0] = SPA_AUDIO_CHANNEL_MONO;
  const spa_pod* format =
      spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &info);
  if (pw_stream_connect(listener.stream, PW_DIRECTION_INPUT, PW_ID_ANY,
                        static_cast<pw_stream_flags>(
                            PW_STREAM_FLAG_AUTOCONNECT |
                            PW_STREAM_FLAG_MAP_BUFFERS |
                            PW_STREAM_FLAG_RT_PROCESS),
                        &format, 1) < 0) {
    std::fputs("pipewire_listener: no server\n", stderr);
    return 1;
  }
  pw_main_loop_run(listener.loop);
  pw_stream_destroy(listener.stream);
  pw_main_loop_destroy(listener.loop);
  return 0;
}
