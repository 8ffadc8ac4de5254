// SPDX-License-Identifier: Apache-2.0
// How a setting or a whole configuration takes the place of another. What needs
// another engine waits for it, which is made elsewhere.
#include <future>
#include <string>
#include <utility>

#include "config/keys.h"
#include "daemon/config_parts.h"
#include "daemon/model_catalog.h"
#include "daemon/session.h"
#include "daemon/source_choice.h"

namespace tacet {

void Session::Set(const std::string& key, const std::string& value,
                  const DoneReply& reply) {
  Config config = config_;
  absl::Status status = SetConfigValue(key, value, &config);
  const std::string& source = config.audio.source;
  // A file may name a device that comes later; who sets one means it now.
  if (status.ok() && source != config_.audio.source) {
    status = CheckSource(source, supervisor_->Devices());
  }
  if (status.ok()) status = Check(config);
  if (!status.ok()) return reply(status);
  BeginChange(config, [this, key, value, reply](const absl::Status& status) {
    if (status.ok()) {
      Config config = config_;  // what else was set meanwhile stays
      SetConfigValue(key, value, &config).IgnoreError();
      Apply(config);
      settings_.Set(key, value);
    }
    reply(status);
  });
}

void Session::SetMode(Mode mode) {
  // A known key with a known name: it cannot fail.
  Set("mode", std::string(ModeName(mode)), [](const absl::Status&) {});
}

// A model that is being loaded belongs to what the files take the place of.
void Session::Reload(const DoneReply& reply) {
  if (request_.has_value()) {
    reloads_.push_back(reply);
  } else {
    ReloadNow(reply);
  }
}

void Session::ReloadNow(const DoneReply& reply) {
  absl::StatusOr<LoadedConfig> loaded = load_config_();
  const absl::Status status =
      loaded.ok() ? Check(loaded->config) : loaded.status();
  const auto finish = [this, loaded, reply](const absl::Status& status) {
    if (status.ok()) {
      Apply(loaded->config);
      loaded_ = *loaded;
      settings_.Clear();
    }
    log_->Write(
        status.ok() ? LogLevel::kInfo : LogLevel::kError, "reload",
        {{"result", status.ok() ? "ok" : std::string(status.message())}});
    reply(status);
  };
  if (!status.ok()) return finish(status);
  BeginChange(loaded->config, finish);
}

absl::Status Session::Check(const Config& config) const {
  absl::Status status = ValidateConfig(config);
  if (!status.ok()) return status;
  if (config.audio.backend != config_.audio.backend) {
    return absl::FailedPreconditionError(
        "audio.backend cannot change while the daemon runs: restart it");
  }
  if (config.denoise.spare_hop != config_.denoise.spare_hop) {
    return absl::FailedPreconditionError(
        "denoise.spare_hop cannot change while the daemon runs: restart it");
  }
  return status;
}

std::future<absl::StatusOr<NamedEngine>> Session::BeginLoading(
    const std::string& model, const Config& config) const {
  return std::async(
      std::launch::async,
      [path = path_.get(), model,
       options = EngineOptionsOf(config)]() -> absl::StatusOr<NamedEngine> {
        absl::StatusOr<NamedEngine> engine = FindEngine(model, options);
        if (!engine.ok()) return engine.status();
        const absl::Status status = PrepareEngine(*path, &*engine);
        if (!status.ok()) return status;
        return engine;
      });
}

// All or nothing: what can fail comes first.
void Session::BeginChange(const Config& config, const DoneReply& change) {
  if (!RunsAnotherEngine(config.denoise, config_.denoise)) {
    return change(absl::OkStatus());
  }
  if (request_.has_value()) {
    return change(absl::UnavailableError("another model is being loaded"));
  }
  request_.emplace(
      ModelRequest{.name = config.denoise.model,
                   .reply = {},
                   .change = change,
                   .loading = BeginLoading(config.denoise.model, config)});
}

void Session::Apply(const Config& config) {
  // A measurement goes on, in bypass, unless the mode is changed.
  if (loopback_ == nullptr || config.denoise.mode != config_.denoise.mode) {
    path_->SetMode(ModeOf(config.denoise.mode));
  }
  path_->SetStrength(StrengthOf(config));
  supervisor_->SetBackendParams(BackendParamsOf(config));
  if (config.denoise.link != config_.denoise.link) {
    path_->SetLink(LinkOf(config));
    supervisor_->Restart("denoise.link");
  }
  supervisor_->SetMissesToStepDown(config.daemon.deadline_misses_step_down);
  log_->SetLevel(config.daemon.log_level);
  config_ = config;
}

void Session::CheckBackendParams() {
  for (const auto& [key, value] : BackendSettings(
           BackendParamsOf(config_), supervisor_->backend_params())) {
    SetConfigValue(key, value, &config_).IgnoreError();  // it was valid before
    settings_.Set(key, value);
  }
}

}  // namespace tacet
