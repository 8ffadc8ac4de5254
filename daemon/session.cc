// SPDX-License-Identifier: Apache-2.0
#include "daemon/session.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "config/keys.h"
#include "daemon/config_parts.h"
#include "daemon/memory_lock.h"
#include "daemon/metrics_text.h"
#include "daemon/model_catalog.h"

namespace tacet {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kModelLookNs = 2 * kSecond;

}  // namespace

absl::StatusOr<std::unique_ptr<Session>> Session::Create(SessionParams params,
                                                         Log* log) {
  absl::StatusOr<LoadedConfig> loaded = params.load_config();
  if (!loaded.ok()) return loaded.status();
  Config config = loaded->config;
  for (const auto& [key, value] : params.handover.settings) {
    absl::Status status = SetConfigValue(key, value, &config);
    if (!status.ok()) return status;
  }
  absl::StatusOr<NamedEngine> engine =
      FindEngine(config.denoise.model, EngineOptionsOf(config));
  if (!engine.ok()) return engine.status();
  log->SetLevel(config.daemon.log_level);

  auto backends = std::move(params.backends);
  const Handover handover = params.handover;
  std::unique_ptr<Session> session(
      new Session(std::move(params), *std::move(loaded), log));
  session->config_ = config;
  AudioPathParams path_params;
  path_params.engine = engine->engine;
  path_params.strength = StrengthOf(config);
  path_params.mode = ModeOf(config.denoise.mode);
  path_params.link = LinkOf(config);
  if (config.denoise.spare_hop == SpareHopChoice::kAlways) {
    path_params.delay_hops = OffloadParams().delay_hops;
  }
  session->path_ = std::make_unique<AudioPath>(path_params);
  session->monitor_ = std::make_unique<MonitorFeed>(&session->path_->tap());
  SupervisorParams supervisor;
  supervisor.backends = std::move(backends);
  supervisor.backend = BackendParamsOf(config);
  supervisor.engine = *std::move(engine);
  supervisor.misses_to_step_down = config.daemon.deadline_misses_step_down;
  supervisor.smaller_engine = [s = session.get()](const NamedEngine& engine) {
    return std::async(
        std::launch::async,
        [path = s->path_.get(), engine, options = EngineOptionsOf(s->config_)] {
          std::optional<NamedEngine> smaller = SmallerEngine(engine, options);
          // Without one the path finds out itself.
          if (smaller) PrepareEngine(*path, &*smaller).IgnoreError();
          return smaller;
        });
  };
  supervisor.recovery = handover.recovery;
  supervisor.failed_ns = handover.failed_ns;
  supervisor.last_backend = handover.backend;
  session->supervisor_ = std::make_unique<Supervisor>(
      std::move(supervisor), session->path_.get(), log);
  return session;
}

Session::Session(SessionParams params, LoadedConfig config, Log* log)
    : log_(log),
      load_config_(std::move(params.load_config)),
      loaded_(std::move(config)),
      settings_(params.handover.settings),
      now_(SupervisorTime::Now()),
      started_ns_(now_.boot_ns) {}

Session::~Session() {
  const absl::Status status = metrics_file_.End();
  NoteMetrics(status);
  // Whoever reads the file would take what it says for a daemon that lives; of
  // a disk that does not answer nothing is asked again.
  if (metrics_ns_ != 0 && !absl::IsDeadlineExceeded(status)) {
    unlink(config_.daemon.metrics_textfile.c_str());
  }
}

void Session::Tick(const SupervisorTime& now) {
  now_ = now;
  supervisor_->Tick(now);
  CheckBackendParams();
  CheckModelRequest();
  while (!request_.has_value() && !reloads_.empty()) {
    const DoneReply reply = std::move(reloads_.front());
    reloads_.erase(reloads_.begin());
    ReloadNow(reply);
  }
  CheckModelFile();
  CheckLoopback();
  CheckOffload();
  WriteMetrics();
  LockMemory();
}

int Session::TimeoutMs(const SupervisorTime& now) const {
  const int timeout = supervisor_->TimeoutMs(now);
  return request_.has_value() || loopback_ != nullptr ? std::min(timeout, 10)
                                                      : timeout;
}

std::string Session::Summary() const {
  DaemonStatus status;
  supervisor_->AddTo(&status);
  return absl::StrFormat("%s, %s, %s, model %s, %.1f ms",
                         std::string(DaemonStateName(status.state)),
                         status.backend, std::string(ModeName(status.mode)),
                         status.model, status.latency.total_ms);
}

DaemonStatus Session::Status() {
  DaemonStatus status;
  supervisor_->AddTo(&status);
  status.version = TACET_VERSION;
  status.uptime_s = static_cast<double>(now_.boot_ns - started_ns_) / kSecond;
  status.pid = getpid();
  status.locked_bytes = locked_bytes_;
  if (!loaded_.files.empty()) status.config_path = loaded_.files.back();
  return status;
}

Handover Session::ToHandOver() const {
  Handover handover;
  handover.settings = settings_.entries();
  handover.recovery = supervisor_->recovery();
  handover.failed_ns = supervisor_->failed_ns();
  handover.backend = supervisor_->last_backend();
  return handover;
}

void Session::UseModel(const std::string& model,
                       const Reply<std::string>& reply) {
  if (request_.has_value()) {
    reply(absl::UnavailableError("another model is being loaded"));
    return;
  }
  request_.emplace(ModelRequest{
      .name = model, .reply = reply, .loading = BeginLoading(model, config_)});
}

void Session::CheckModelRequest() {
  if (!request_.has_value()) return;
  if (!request_->is_swapping) {
    if (request_->loading.wait_for(std::chrono::seconds(0)) !=
        std::future_status::ready) {
      return;
    }
    const absl::StatusOr<NamedEngine> engine = request_->loading.get();
    const absl::Status status =
        engine.ok() ? supervisor_->UseEngine(*engine) : engine.status();
    if (request_->change != nullptr) {
      return std::exchange(request_, std::nullopt)->change(status);
    }
    if (!status.ok()) {
      std::exchange(request_, std::nullopt)->reply(status);
      return;
    }
    request_->is_swapping = true;
    request_->former = NoteModel(request_->name);
  }
  if (!supervisor_->is_settled()) return;
  const ModelRequest request = *std::exchange(request_, std::nullopt);
  const absl::Status& status = supervisor_->engine_status();
  if (status.ok()) return request.reply(supervisor_->engine().name);
  if (config_.denoise.model == request.name) NoteModel(request.former);
  request.reply(status);
}

std::string Session::NoteModel(const std::string& name) {
  if (config_.denoise.model == name) return name;
  settings_.Set("denoise.model", name);
  return std::exchange(config_.denoise.model, name);
}

void Session::CheckModelFile() {
  if (now_.monotonic_ns - model_looked_ns_ < kModelLookNs) return;
  model_looked_ns_ = now_.monotonic_ns;
  const std::string& path = supervisor_->engine().source;
  const FileIdentity seen = FileIdentity::Of(path);
  if (path != model_path_) {
    model_path_ = path;
    model_file_ = seen;
  }
  const bool lies_still = seen == std::exchange(model_file_seen_, seen);
  // A file that is gone may come again; the model is in memory.
  if (seen == model_file_ || seen.size < 0 || !lies_still ||
      request_.has_value() || model_path_.find('/') == std::string::npos) {
    return;
  }
  model_file_ = seen;
  log_->Write(LogLevel::kInfo, "model_file_replaced", {{"file", path}});
  UseModel(path, [this](const absl::StatusOr<std::string>& model) {
    if (model.ok()) return;
    supervisor_->NoteError(std::string(model.status().message()));
    log_->Write(LogLevel::kError, "model_refused",
                {{"error", std::string(model.status().message())}});
  });
}

void Session::Devices(const Reply<std::vector<DeviceInfo>>& reply) {
  reply(supervisor_->Devices());
}

void Session::Loopback(bool force, const Reply<LoopbackReport>& reply) {
  if (loopback_ != nullptr) {
    reply(absl::UnavailableError("loopback: another one is under way"));
    return;
  }
  absl::StatusOr<std::unique_ptr<LoopbackRun>> run = LoopbackRun::Begin(
      force, path_.get(), supervisor_.get(), now_.monotonic_ns);
  if (!run.ok()) {
    reply(run.status());
    return;
  }
  loopback_ = *std::move(run);
  loopback_reply_ = reply;
}

void Session::CheckLoopback() {
  if (loopback_ == nullptr) return;
  const std::optional<absl::StatusOr<LoopbackReport>> report =
      loopback_->Tick(now_.monotonic_ns);
  if (!report.has_value()) return;
  loopback_.reset();
  // What was set meanwhile, else what was set before.
  path_->SetMode(ModeOf(config_.denoise.mode));
  std::exchange(loopback_reply_, nullptr)(*report);
}

void Session::CheckOffload() {
  const auto& offload = supervisor_->engine().offload;
  const bool is_backed_off = offload != nullptr && offload->num_backed_off > 0;
  if (std::exchange(is_backed_off_, is_backed_off) == is_backed_off) return;
  log_->Write(is_backed_off ? LogLevel::kWarning : LogLevel::kInfo,
              is_backed_off ? "backend_left_alone" : "backend_tried_again",
              {{"backend", supervisor_->engine().backend}});
}

void Session::WriteMetrics() {
  NoteMetrics(metrics_file_.TakeStatus());
  const DaemonConfig& daemon = config_.daemon;
  if (daemon.metrics_textfile.empty() ||
      (metrics_ns_ != 0 &&
       now_.monotonic_ns - metrics_ns_ < kSecond * daemon.metrics_interval_s)) {
    return;
  }
  metrics_ns_ = now_.monotonic_ns;
  metrics_file_.Offer(daemon.metrics_textfile,
                      MetricsText(Status(), Latency()));
}

void Session::NoteMetrics(const absl::Status& status) {
  if (status.ok()) return;
  log_->Write(LogLevel::kWarning, "metrics_file",
              {{"error", std::string(status.message())}});
}

void Session::LockMemory() {
  const std::array<uintptr_t, 2> stacks = path_->stacks();
  const int64_t generation = path_->generation();
  absl::Status status;
  bool has_news = false;
  if (generation != locked_generation_) {
    locked_generation_ = generation;
    are_stacks_locked_ = {};
    has_news = true;
    status = LockHeap();
  }
  for (size_t i = 0; i < stacks.size(); ++i) {
    if (stacks[i] == 0 || std::exchange(are_stacks_locked_[i], true)) continue;
    has_news = true;
    status.Update(LockStack(stacks[i]));
  }
  if (!has_news) return;
  locked_bytes_ = LockedBytes();
  if (!status.ok()) {
    log_->Write(LogLevel::kInfo, "memory_not_locked",
                {{"why", std::string(status.message())}});
  }
}

}  // namespace tacet
