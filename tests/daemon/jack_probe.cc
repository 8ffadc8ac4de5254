// SPDX-License-Identifier: Apache-2.0
// A JACK client for scripts/e2e.
//   jack_probe duplex PLAY RECORD NUM_FRAMES TO FROM
//     plays the raw floats of the file PLAY into the port TO, then silence, and
//     writes what comes from the port FROM meanwhile into RECORD, sample by
//     sample beside what was played. Ends after NUM_FRAMES frames, on SIGINT,
//     or with the server (status 3).
//   jack_probe pass SECONDS
//     passes system:capture_1 through to system:playback_1, and prints the
//     xruns that the server told of.
#include <jack/jack.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using std::chrono::milliseconds;

volatile std::sig_atomic_t interrupted = 0;

struct Probe {
  jack_client_t* client = nullptr;
  jack_port_t* in = nullptr;
  jack_port_t* out = nullptr;
  bool passes = false;
  std::vector<float> play, record;
  std::atomic<size_t> done = 0;
  std::atomic<bool> is_connected = false;
  std::atomic<bool> is_over = false;
  std::atomic<bool> has_heard = false;
  std::atomic<int> num_xruns = 0;
};

int OnProcess(jack_nframes_t n, void* data) {
  Probe& probe = *static_cast<Probe*>(data);
  auto* out = static_cast<float*>(jack_port_get_buffer(probe.out, n));
  const auto* in = static_cast<float*>(jack_port_get_buffer(probe.in, n));
  std::fill_n(out, n, 0.0f);
  if (probe.passes) std::copy_n(in, n, out);
  if (!probe.is_connected) return 0;
  const size_t done = probe.done;
  for (jack_nframes_t i = 0; i < n && done + i < probe.record.size(); ++i) {
    if (done + i < probe.play.size()) out[i] = probe.play[done + i];
    probe.record[done + i] = in[i];
    if (in[i] != 0.0f) probe.has_heard = true;
  }
  probe.done = done + n;
  return 0;
}

int OnXrun(void* data) {
  ++static_cast<Probe*>(data)->num_xruns;
  return 0;
}

void OnShutdown(void* data) { static_cast<Probe*>(data)->is_over = true; }

std::vector<float> ReadFloats(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  std::vector<float> samples(static_cast<size_t>(file.tellg()) / 4);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(samples.data()),
            static_cast<std::streamsize>(samples.size() * 4));
  return samples;
}

bool Open(Probe* probe, const char* name) {
  probe->client = jack_client_open(name, JackNoStartServer, nullptr);
  if (probe->client == nullptr) return false;
  probe->out = jack_port_register(probe->client, "out", JACK_DEFAULT_AUDIO_TYPE,
                                  JackPortIsOutput, 0);
  probe->in = jack_port_register(probe->client, "in", JACK_DEFAULT_AUDIO_TYPE,
                                 JackPortIsInput, 0);
  jack_set_process_callback(probe->client, &OnProcess, probe);
  jack_set_xrun_callback(probe->client, &OnXrun, probe);
  jack_on_shutdown(probe->client, &OnShutdown, probe);
  return jack_activate(probe->client) == 0;
}

// The ports may be yet to come.
bool Connect(const Probe& probe, const char* to, const char* from) {
  const std::string name = jack_get_client_name(probe.client);
  for (int i = 0; i < 600 && !probe.is_over; ++i) {
    if (jack_port_by_name(probe.client, to) != nullptr &&
        jack_port_by_name(probe.client, from) != nullptr) {
      return jack_connect(probe.client, (name + ":out").c_str(), to) == 0 &&
             jack_connect(probe.client, from, (name + ":in").c_str()) == 0;
    }
    std::this_thread::sleep_for(milliseconds(50));
  }
  return false;
}

int Duplex(char** argv) {
  Probe probe;
  probe.play = ReadFloats(argv[2]);
  probe.record.assign(std::strtoul(argv[4], nullptr, 10), 0.0f);
  if (!Open(&probe, "probe") || !Connect(probe, argv[5], argv[6])) return 1;
  probe.is_connected = true;
  bool has_said = false;
  std::signal(SIGINT, [](int) { interrupted = 1; });
  while (probe.done < probe.record.size() && !probe.is_over && !interrupted) {
    std::this_thread::sleep_for(milliseconds(10));
    if (probe.has_heard && !has_said) {
      has_said = true;
      std::puts("heard");
      std::fflush(stdout);
    }
  }
  if (!probe.is_over) jack_client_close(probe.client);
  std::ofstream(argv[3], std::ios::binary)
      .write(reinterpret_cast<const char*>(probe.record.data()),
             static_cast<std::streamsize>(
                 4 * std::min(probe.done.load(), probe.record.size())));
  return probe.is_over ? 3 : 0;
}

int Pass(char** argv) {
  Probe probe;
  probe.passes = true;
  if (!Open(&probe, "pass") ||
      !Connect(probe, "system:playback_1", "system:capture_1")) {
    return 1;
  }
  std::this_thread::sleep_for(
      std::chrono::duration<double>(std::strtod(argv[2], nullptr)));
  std::printf("%d\n", probe.num_xruns.load());
  jack_client_close(probe.client);
  return probe.is_over ? 3 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "duplex" && argc == 7) return Duplex(argv);
  if (what == "pass" && argc == 3) return Pass(argv);
  std::fputs("usage: at the top of jack_probe.cc\n", stderr);
  return 2;
}
