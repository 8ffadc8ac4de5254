// SPDX-License-Identifier: Apache-2.0
#include "tests/daemon/control_fake_handler.h"

#include <unistd.h>

#include <algorithm>

namespace tacet {

FakeHandler::FakeHandler() {
  status.state = DaemonState::kRunning;
  status.version = "1.2.3";
  status.uptime_s = 3661.5;
  status.pid = getpid();
  status.backend = "fake";
  status.device.state = BackendState::kRunning;
  status.device.capture_device = "fake-microphone";
  status.device.playback_device = "Tacet Microphone";
  status.device.num_listeners = 1;
  status.latency.window_ms = 32.0;
  status.latency.total_ms = 32.0;
  status.model = "base";
  status.model_source = "builtin";
  status.counters.frames_in = 1000;
  status.counters.frames_out = 900;
  status.counters.frames_dropped = 100;
  status.counters.num_xruns = 3;
  status.counters.num_deadline_misses = 2;
  status.meters = {-30.0f, -12.5f, -45.0f, -20.0f, 15.0f};
  for (int i = 0; i < kNumStages; ++i) {
    HistogramSnapshot& stage = latency.stages[i];
    for (int sample = 0; sample < 1000; ++sample) {
      const int64_t ns = 20'000 * (i + 1) + 1'000 * (sample % 100);
      ++stage.counts[Histogram::BucketOf(ns)];
      stage.sum_ns += ns;
      stage.max_ns = std::max(stage.max_ns, ns);
    }
  }
  devices = {{"fake-microphone", "Fake Microphone", 1, 48000, true, false},
             {"fake-monitor", "Monitor of Fake", 2, 44100, false, true}};
}

DaemonStatus FakeHandler::Status() {
  ++num_status_calls;
  return status;
}

void FakeHandler::ResetLatency() {
  calls.push_back("reset");
  latency = LatencyReport();
}

void FakeHandler::Set(const std::string& key, const std::string& value,
                      const DoneReply& reply) {
  calls.push_back("set " + key + "=" + value);
  if (key == "strength") return reply(absl::OkStatus());
  reply(absl::InvalidArgumentError("unknown key \"" + key + "\""));
}

void FakeHandler::SetMode(Mode mode) {
  calls.push_back("mode " + std::string(ModeName(mode)));
  status.mode = mode;
}

void FakeHandler::Reload(const DoneReply& reply) {
  calls.push_back("reload");
  reply(reload_status);
}

void FakeHandler::UseModel(const std::string& model,
                           const Reply<std::string>& reply) {
  calls.push_back("model " + model);
  if (model.find("bad") != model.npos) {
    reply(absl::InvalidArgumentError(model + ": is no model"));
  } else {
    reply(model);
  }
}

void FakeHandler::Devices(const Reply<std::vector<DeviceInfo>>& reply) {
  reply(devices);
}

void FakeHandler::Loopback(bool force, const Reply<LoopbackReport>& reply) {
  calls.push_back(force ? "loopback force" : "loopback");
  if (reply_later) {
    waiting_loopbacks.push_back(reply);
  } else if (status.device.num_listeners > 0 && !force) {
    reply(absl::FailedPreconditionError("1 program listens to the microphone"));
  } else {
    reply(LoopbackReport{20, 20, 34.5, 34.4, 34.6, 34.0});
  }
}

}  // namespace tacet
