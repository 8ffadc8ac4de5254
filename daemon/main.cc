// SPDX-License-Identifier: Apache-2.0
//
// The daemon `tacetd`: one poll loop.

#include <poll.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "config/keys.h"
#include "config/load.h"
#include "daemon/backends.h"
#include "daemon/control_server.h"
#include "daemon/control_socket.h"
#include "daemon/fake_backend.h"
#include "daemon/handover.h"
#include "daemon/instance_lock.h"
#include "daemon/log.h"
#include "daemon/memory_lock.h"
#include "daemon/protocol.h"
#include "daemon/service_manager.h"
#include "daemon/session.h"
#include "daemon/signals.h"
#include "model/version.h"

namespace tacet {
namespace {

struct Arguments {
  std::string config;  // empty: the usual places
  std::string backend;
  std::string model;
  double fake_seconds = 0.0;
  bool fake_real_time = false;
  bool fake_hangs_on_stop = false;
};

absl::StatusOr<LoadedConfig> Load(const Arguments& arguments) {
  absl::StatusOr<LoadedConfig> loaded = arguments.config.empty()
                                            ? LoadConfig()
                                            : LoadConfigFile(arguments.config);
  if (!loaded.ok()) return loaded;
  absl::Status status;
  if (!arguments.backend.empty()) {
    status =
        SetConfigValue("audio.backend", arguments.backend, &loaded->config);
  }
  if (status.ok() && !arguments.model.empty()) {
    // The daemon may have another working folder than its user.
    const std::string model =
        arguments.model.find('/') == std::string::npos
            ? arguments.model
            : std::filesystem::absolute(arguments.model).string();
    status = SetConfigValue("denoise.model", model, &loaded->config);
  }
  if (!status.ok()) return status;
  // Virtual time has no deadlines.
  if (loaded->config.audio.backend == BackendChoice::kFake) {
    loaded->config.daemon.deadline_misses_step_down = 0;
  }
  return loaded;
}

// All that lives as long as the daemon.
class Daemon {
 public:
  Daemon(const Arguments& arguments, char** argv)
      : arguments_(arguments), argv_(argv), log_(LogLevel::kInfo) {}

  absl::Status Run();

 private:
  absl::Status Open();
  absl::Status MakeSession(const Handover& handover);
  void HandleSignals();
  void Poll();
  bool IsOver();

  const Arguments arguments_;
  char** const argv_;
  Log log_;
  std::optional<Signals> signals_;
  std::optional<InstanceLock> lock_;
  FakeBackend* fake_ = nullptr;  // of session_
  std::unique_ptr<Session> session_;
  std::optional<ControlServer> server_;
  ServiceManager service_;
  std::vector<pollfd> fds_;
};

absl::Status Daemon::MakeSession(const Handover& handover) {
  absl::StatusOr<LoadedConfig> loaded = Load(arguments_);
  if (!loaded.ok()) return loaded.status();
  SessionParams params;
  params.load_config = [arguments = arguments_] { return Load(arguments); };
  params.handover = handover;
  if (loaded->config.audio.backend == BackendChoice::kFake) {
    FakeBackendParams fake;
    fake.total_s = arguments_.fake_seconds;
    fake.pace = arguments_.fake_seconds > 0.0 && !arguments_.fake_real_time
                    ? FakeBackendParams::Pace::kFast
                    : FakeBackendParams::Pace::kRealTime;
    fake.hangs_on_stop = arguments_.fake_hangs_on_stop;
    auto backend = std::make_unique<FakeBackend>(fake);
    fake_ = backend.get();
    params.backends.push_back(std::move(backend));
  } else {
    auto backends = MakeBackends(loaded->config.audio.backend);
    if (!backends.ok()) return backends.status();
    params.backends = *std::move(backends);
  }
  absl::StatusOr<std::unique_ptr<Session>> session =
      Session::Create(std::move(params), &log_);
  if (!session.ok()) return session.status();
  session_ = *std::move(session);
  return absl::OkStatus();
}

absl::Status Daemon::Open() {
  absl::StatusOr<Signals> signals = Signals::Open();
  if (!signals.ok()) return signals.status();
  signals_.emplace(*std::move(signals));
  const absl::StatusOr<std::string> socket_path = ControlSocketPath();
  if (!socket_path.ok()) return socket_path.status();

  Handover handover;
  if (const char* text = std::getenv(kHandoverVariable); text != nullptr) {
    absl::StatusOr<Handover> parsed = Handover::Parse(text);
    unsetenv(kHandoverVariable);
    if (!parsed.ok()) return parsed.status();
    handover = *std::move(parsed);
  }
  if (handover.lock_fd >= 0) {
    lock_.emplace(InstanceLock::Adopt(handover.lock_fd));
  } else {
    absl::StatusOr<InstanceLock> lock = InstanceLock::Take(
        std::filesystem::path(*socket_path).parent_path().string());
    if (!lock.ok()) return lock.status();
    lock_.emplace(*std::move(lock));
  }
  absl::Status status = MakeSession(handover);
  if (!status.ok()) return status;
  absl::StatusOr<ControlSocket> socket =
      handover.control_fd >= 0
          ? ControlSocket::Adopt(handover.control_fd, *socket_path)
          : ControlSocket::Listen(*socket_path);
  if (!socket.ok()) return socket.status();
  server_.emplace(*std::move(socket), session_.get());
  return absl::OkStatus();
}

void Daemon::HandleSignals() {
  while (const std::optional<int> signal = signals_->Next()) {
    if (*signal == SIGHUP) {
      service_.Reloading(SupervisorTime::Now().monotonic_ns);
      session_->Reload([](const absl::Status&) {});  // it logs the error
    } else {
      service_.Stopping();
      session_->Stop();
    }
  }
}

void Daemon::Poll() {
  const SupervisorTime now = SupervisorTime::Now();
  int timeout_ms = session_->TimeoutMs(now);
  for (const int other :
       {server_->TimeoutMs(now.monotonic_ns), service_.interval_ms()}) {
    if (other >= 0) timeout_ms = std::min(timeout_ms, other);
  }
  fds_.clear();
  fds_.push_back({.fd = signals_->fd(), .events = POLLIN, .revents = 0});
  // Without a descriptor, -1, poll skips it.
  fds_.push_back({.fd = session_->supervisor().event_fd(),
                  .events = POLLIN,
                  .revents = 0});
  server_->AddPollFds(&fds_);
  if (poll(fds_.data(), fds_.size(), timeout_ms) < 0) fds_.clear();
}

bool Daemon::IsOver() {
  if (fake_ != nullptr && fake_->is_finished()) {
    std::printf("frames=%lld hash=%016llx\n",
                static_cast<long long>(session_->Status().counters.frames_out),
                static_cast<unsigned long long>(fake_->output_hash()));
    return true;
  }
  return session_->supervisor().is_stopped();
}

absl::Status Daemon::Run() {
  absl::Status status = Open();
  if (!status.ok()) return status;
  while (!IsOver()) {
    const SupervisorTime now = SupervisorTime::Now();
    HandleSignals();
    session_->Tick(now);
    server_->Handle(fds_, now.monotonic_ns);
    service_.Update(session_->supervisor().was_ready(),
                    session_->supervisor().is_healthy(), session_->Summary(),
                    now.monotonic_ns);
    if (session_->supervisor().needs_new_process()) {
      Handover handover = session_->ToHandOver();
      handover.lock_fd = lock_->KeepForExec();
      handover.control_fd = server_->KeepForExec();
      return ExecuteAgain(handover, argv_);
    }
    Poll();
  }
  service_.Stopping();
  server_->Drain(100);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  KeepBlocksOnHeap();
  Arguments arguments;
  CLI::App app("Tacet's daemon: a microphone without noise.", "tacetd");
  app.set_version_flag("--version", std::string("tacetd ") + VersionText());
  app.add_option("--config", arguments.config,
                 "Configuration file instead of the usual ones");
  app.add_option("--backend", arguments.backend,
                 "auto, pipewire, pulseaudio, jack, alsa or fake");
  app.add_option("--model", arguments.model,
                 "Name of a compiled-in model, or a file (with a /)");
  app.add_option("--fake-seconds", arguments.fake_seconds,
                 "With --backend fake: end after so many seconds of virtual "
                 "time, print a hash of the output")
      ->check(CLI::PositiveNumber);
  app.add_flag("--fake-real-time", arguments.fake_real_time,
               "With --fake-seconds: as fast as the clock, not faster");
  app.add_flag("--fake-hangs-on-stop", arguments.fake_hangs_on_stop,
               "With --backend fake: its audio thread never ends, as one of a "
               "broken driver may");
  CLI11_PARSE(app, argc, argv);

  Daemon daemon(arguments, argv);
  const absl::Status status = daemon.Run();
  if (status.ok()) return EXIT_SUCCESS;
  std::fprintf(stderr, "<3>tacetd: %s\n",
               std::string(status.message()).c_str());
  return EXIT_FAILURE;
}

}  // namespace
}  // namespace tacet

int main(int argc, char** argv) { return tacet::Main(argc, argv); }
