// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_DAEMON_TOLD_WORLD_H_
#define TACET_TESTS_DAEMON_TOLD_WORLD_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/supervisor.h"
#include "tests/daemon/supervisor_world.h"
#include "tests/model/engine_support.h"

namespace tacet {

// A backend that only says what it is told to.
class ToldBackend final : public AudioBackend {
 public:
  std::string_view name() const override { return name_; }
  absl::Status Start(const BackendParams& params,
                     AudioClient* client) override {
    ++num_starts;
    started_source = params.source;
    if (!start_status.ok()) return start_status;
    is_bad_ = bad_rate_hz > 0 && params.sample_rate_hz == bad_rate_hz;
    if (is_bad_ && bad_rate_state == BackendState::kStopped) {
      return absl::InvalidArgumentError("told: no such rate");
    }
    const AudioFormat format = {.period_frames = 480};
    return client->Configure(format, format, ClockDomain::kOne);
  }
  // Over only after as many calls of Dispatch(), if any are said.
  void Stop() override {
    ++num_stops;
    End();
  }
  void Suspend() override {
    ++num_suspends;
    End();
  }
  void End() {
    is_bad_ = false;
    if (num_dispatches_to_stop == 0) return;
    status_.state = BackendState::kStopping;
    status_.is_absent = false;
  }
  BackendStatus status() const override {
    BackendStatus status = status_;
    if (is_bad_) status.state = bad_rate_state;
    return status;
  }
  int event_fd() const override { return event_fd_; }
  void Dispatch() override {
    if (status_.state != BackendState::kStopping) return;
    if (--num_dispatches_to_stop == 0) status_.state = BackendState::kStopped;
  }
  absl::StatusOr<std::vector<DeviceInfo>> Devices() override {
    return std::vector<DeviceInfo>();
  }
  void SetProcessLatency(int frames) override { latencies.push_back(frames); }
  bool can_set_source() const override { return can_set_source_; }
  void SetSource(const std::string& source) override {
    sources.push_back(source);
  }

  std::string name_ = "told";
  absl::Status start_status;
  BackendStatus status_;
  // A start at this rate ends so; kStopped: at once.
  int bad_rate_hz = 0;
  BackendState bad_rate_state = BackendState::kStopped;
  bool is_bad_ = false;
  bool can_set_source_ = false;
  int event_fd_ = -1;
  int num_starts = 0;
  int num_stops = 0;
  int num_suspends = 0;
  int num_dispatches_to_stop = 0;
  std::vector<int> latencies;
  std::string started_source;
  std::vector<std::string> sources;
};

struct ToldWorld {
  // `others` come after it in the order of preference.
  explicit ToldWorld(BackendState state,
                     std::vector<std::unique_ptr<AudioBackend>> others = {}) {
    auto owned = std::make_unique<ToldBackend>();
    backend = owned.get();
    backend->status_.state = state;
    SupervisorParams params;
    params.backends.push_back(std::move(owned));
    for (auto& other : others) params.backends.push_back(std::move(other));
    params.engine = Engine("base");
    supervisor = std::make_unique<Supervisor>(std::move(params), &path, &log);
  }
  void RunFor(double seconds) {
    for (int i = 0; i < seconds * 100; ++i) {
      supervisor->Tick(now);
      now.monotonic_ns += kStepNs;
      now.boot_ns += kStepNs;
    }
  }

  // The same, with a callback each time.
  void Hear(double seconds) {
    const std::vector<float> heard(480, 0.5f);
    std::vector<float> played(480);
    const float* const in[] = {heard.data()};
    float* const out[] = {played.data()};
    for (int i = 0; i < seconds * 100; ++i) {
      path.Process(in, out, 480, now.monotonic_ns);
      last = played.back();
      RunFor(0.01);
    }
  }
  RecoveryStatus recovery() const { return supervisor->recovery(); }

  float last = -1.0f;  // played
  SupervisorTime now;
  AudioPath path{{.engine = UnitSource()}};
  Log log{LogLevel::kError, [](std::string_view) { return true; },
          [] { return 0; }};
  ToldBackend* backend;
  std::unique_ptr<Supervisor> supervisor;
};

}  // namespace tacet

#endif  // TACET_TESTS_DAEMON_TOLD_WORLD_H_
