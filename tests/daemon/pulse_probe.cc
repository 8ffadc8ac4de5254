// SPDX-License-Identifier: Apache-2.0
// The clocks of PulseAudio's sinks, for scripts/e2e: pulse_probe SINK...
// plays silence into each and asks the server 100 times a second how far it has
// come. Each line is
//   SINK MICROSECONDS FRAMES
// "frame FRAMES of this stream is played at that time", by the server's own
// account: its time of the answer and the sink's latency. The answer may come
// late and is then later than true by as much, never earlier. Ends on SIGINT; a
// stream that ran empty, or a server that is gone, is status 1.
#include <pulse/pulseaudio.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace {

constexpr int kRateHz = 48000;
constexpr pa_usec_t kInterval = 10'000;
constexpr uint32_t kBufferBytes = 2 * kRateHz * sizeof(float);

struct Probe {
  pa_mainloop* loop = nullptr;
  pa_context* context = nullptr;
  std::vector<std::string> sinks;
  std::vector<pa_stream*> streams;
};

void Fail(Probe* probe, const char* what) {
  std::fprintf(stderr, "pulse_probe: %s\n", what);
  pa_mainloop_quit(probe->loop, 1);
}

void OnTiming(pa_stream* stream, int success, void* data) {
  const pa_timing_info* info = pa_stream_get_timing_info(stream);
  // Without latency the sink is late, and this is no place on its line.
  if (!success || info == nullptr || info->read_index_corrupt ||
      !info->synchronized_clocks || info->sink_usec == 0 || !info->playing) {
    return;
  }
  const int64_t us = int64_t{1'000'000} * info->timestamp.tv_sec +
                     info->timestamp.tv_usec +
                     static_cast<int64_t>(info->sink_usec);
  std::printf("%s %lld %lld\n", static_cast<std::string*>(data)->c_str(),
              static_cast<long long>(us),
              static_cast<long long>(info->read_index / 4));
}

void OnTick(pa_mainloop_api* api, pa_time_event* event, const timeval*,
            void* data) {
  Probe& probe = *static_cast<Probe*>(data);
  for (size_t i = 0; i < probe.streams.size(); ++i) {
    pa_operation* asked = pa_stream_update_timing_info(
        probe.streams[i], &OnTiming, &probe.sinks[i]);
    if (asked != nullptr) pa_operation_unref(asked);
  }
  std::fflush(stdout);
  timeval next;
  pa_timeval_add(pa_gettimeofday(&next), kInterval);
  api->time_restart(event, &next);
}

void Connect(Probe* probe, const std::string& sink) {
  const pa_sample_spec spec = {PA_SAMPLE_FLOAT32LE, kRateHz, 1};
  pa_stream* stream =
      pa_stream_new(probe->context, "clock probe", &spec, nullptr);
  probe->streams.push_back(stream);
  pa_stream_set_write_callback(
      stream,
      [](pa_stream* stream, size_t bytes, void*) {
        const std::vector<char> silence(bytes);
        pa_stream_write(stream, silence.data(), bytes, nullptr, 0,
                        PA_SEEK_RELATIVE);
      },
      nullptr);
  pa_stream_set_underflow_callback(
      stream,
      [](pa_stream*, void* data) {
        Fail(static_cast<Probe*>(data), "a stream ran empty");
      },
      probe);
  const pa_buffer_attr buffer = {UINT32_MAX, kBufferBytes, UINT32_MAX,
                                 UINT32_MAX, UINT32_MAX};
  pa_stream_connect_playback(stream, sink.c_str(), &buffer, PA_STREAM_DONT_MOVE,
                             nullptr, nullptr);
}

void OnState(pa_context* context, void* data) {
  Probe* probe = static_cast<Probe*>(data);
  const pa_context_state_t state = pa_context_get_state(context);
  if (!PA_CONTEXT_IS_GOOD(state)) Fail(probe, "no server");
  if (state != PA_CONTEXT_READY) return;
  for (const std::string& sink : probe->sinks) Connect(probe, sink);
  timeval now;
  pa_mainloop_api* api = pa_mainloop_get_api(probe->loop);
  api->time_new(api, pa_gettimeofday(&now), &OnTick, probe);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: pulse_probe SINK...\n", stderr);
    return 2;
  }
  Probe probe;
  probe.sinks.assign(argv + 1, argv + argc);
  probe.loop = pa_mainloop_new();
  pa_mainloop_api* api = pa_mainloop_get_api(probe.loop);
  pa_signal_init(api);
  pa_signal_new(
      SIGINT,
      [](pa_mainloop_api* api, pa_signal_event*, int, void*) {
        api->quit(api, 0);
      },
      nullptr);
  probe.context = pa_context_new(api, "pulse_probe");
  pa_context_set_state_callback(probe.context, &OnState, &probe);
  if (pa_context_connect(probe.context, nullptr, PA_CONTEXT_NOAUTOSPAWN,
                         nullptr) < 0) {
    std::fputs("pulse_probe: no server\n", stderr);
    return 1;
  }
  int status = 1;
  pa_mainloop_run(probe.loop, &status);
  return status;
}
