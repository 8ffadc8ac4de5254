// SPDX-License-Identifier: Apache-2.0
// A PipeWire client for scripts/e2e/soak.py: pipewire_probe NAME PERIOD
// passes its port NAME:in through to NAME:out, asking for cycles of PERIOD
// frames at 48 kHz. On SIGINT prints how many cycles it ran and how many gaps
// of half a period or more it saw in the graph's time, as the daemon counts
// them.
#include <pipewire/filter.h>
#include <pipewire/pipewire.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>

namespace {

struct Probe {
  pw_main_loop* loop = nullptr;
  pw_filter* filter = nullptr;
  void* in = nullptr;
  void* out = nullptr;
  int64_t num_cycles = 0;
  int64_t num_gaps = 0;
  uint64_t last_nsec = 0;
};

void OnProcess(void* data, spa_io_position* position) {
  Probe& probe = *static_cast<Probe*>(data);
  const auto n = static_cast<uint32_t>(position->clock.duration);
  const auto* in = static_cast<float*>(pw_filter_get_dsp_buffer(probe.in, n));
  auto* out = static_cast<float*>(pw_filter_get_dsp_buffer(probe.out, n));
  if (out != nullptr && in != nullptr) std::copy_n(in, n, out);
  const uint64_t period_nsec =
      uint64_t{1'000'000'000} * n / position->clock.rate.denom;
  const uint64_t nsec = position->clock.nsec;
  if (probe.last_nsec != 0 && nsec > probe.last_nsec + period_nsec * 3 / 2) {
    ++probe.num_gaps;
  }
  probe.last_nsec = nsec;
  ++probe.num_cycles;
}

void* AddPort(Probe* probe, pw_direction direction, const char* name) {
  return pw_filter_add_port(
      probe->filter, direction, PW_FILTER_PORT_FLAG_MAP_BUFFERS, 0,
      pw_properties_new(PW_KEY_FORMAT_DSP, "32 bit float mono audio",
                        PW_KEY_PORT_NAME, name, nullptr),
      nullptr, 0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: pipewire_probe NAME PERIOD\n", stderr);
    return 2;
  }
  pw_init(nullptr, nullptr);
  Probe probe;
  probe.loop = pw_main_loop_new(nullptr);
  // Before the data thread is there, which shall not be killed by it.
  pw_loop_add_signal(
      pw_main_loop_get_loop(probe.loop), SIGINT,
      [](void* data, int) {
        pw_main_loop_quit(static_cast<pw_main_loop*>(data));
      },
      probe.loop);
  pw_filter_events events = {};
  events.version = PW_VERSION_FILTER_EVENTS;
  events.process = &OnProcess;
  const std::string latency = std::string(argv[2]) + "/48000";
  probe.filter = pw_filter_new_simple(
      pw_main_loop_get_loop(probe.loop), argv[1],
      pw_properties_new(PW_KEY_CONFIG_NAME, "client-rt.conf", PW_KEY_NODE_NAME,
                        argv[1], PW_KEY_NODE_LATENCY, latency.c_str(), nullptr),
      &events, &probe);
  probe.in = AddPort(&probe, PW_DIRECTION_INPUT, "in");
  probe.out = AddPort(&probe, PW_DIRECTION_OUTPUT, "out");
  if (pw_filter_connect(probe.filter, PW_FILTER_FLAG_RT_PROCESS, nullptr, 0) <
      0) {
    std::fputs("pipewire_probe: no server\n", stderr);
    return 1;
  }
  pw_main_loop_run(probe.loop);
  pw_filter_destroy(probe.filter);
  std::printf("%lld %lld\n", static_cast<long long>(probe.num_cycles),
              static_cast<long long>(probe.num_gaps));
  pw_main_loop_destroy(probe.loop);
  return 0;
}
