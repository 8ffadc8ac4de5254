// SPDX-License-Identifier: Apache-2.0
#include "daemon/backend_module.h"

#include <dlfcn.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

class ModuleBackend final : public AudioBackend {
 public:
  ModuleBackend(std::string_view name, std::string_view module)
      : name_(name), module_(module) {}

  std::string_view name() const override { return name_; }

  absl::Status Start(const BackendParams& params,
                     AudioClient* client) override {
    if (loaded_ == nullptr) {
      absl::Status status = Load();
      if (!status.ok()) return status;
    }
    return loaded_->Start(params, client);
  }

  void Stop() override {
    if (loaded_ != nullptr) loaded_->Stop();
  }
  void Suspend() override {
    if (loaded_ != nullptr) loaded_->Suspend();
  }
  BackendStatus status() const override {
    return loaded_ != nullptr ? loaded_->status() : BackendStatus();
  }
  int event_fd() const override {
    return loaded_ != nullptr ? loaded_->event_fd() : -1;
  }
  void Dispatch() override {
    if (loaded_ != nullptr) loaded_->Dispatch();
  }

  absl::StatusOr<std::vector<DeviceInfo>> Devices() override {
    if (loaded_ == nullptr) {
      return absl::UnavailableError(absl::StrCat(name_, " is not started"));
    }
    return loaded_->Devices();
  }

  bool can_set_source() const override {
    return loaded_ != nullptr && loaded_->can_set_source();
  }
  void SetSource(const std::string& source) override {
    if (loaded_ != nullptr) loaded_->SetSource(source);
  }

  void SetProcessLatency(int num_frames) override {
    process_latency_frames_ = num_frames;
    if (loaded_ != nullptr) loaded_->SetProcessLatency(num_frames);
  }

  absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> Record(
      std::shared_ptr<LoopbackTape> tape) override {
    if (loaded_ == nullptr) {
      return absl::UnavailableError(absl::StrCat(name_, " is not started"));
    }
    return loaded_->Record(std::move(tape));
  }

 private:
  absl::Status Load() {
    // Never unloaded: the sound servers' libraries do not stand it.
    void* const module = dlopen(module_.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) {
      return absl::UnavailableError(
          absl::StrCat("backend ", name_, ": ", dlerror()));
    }
    auto* const make = reinterpret_cast<BackendModuleFactory*>(
        dlsym(module, kBackendModuleFactory));
    if (make != nullptr) loaded_.reset(make(name_.c_str()));
    if (loaded_ == nullptr) {
      return absl::UnavailableError(
          absl::StrCat("backend ", name_, ": ", module_, " does not have it"));
    }
    loaded_->SetProcessLatency(process_latency_frames_);
    return absl::OkStatus();
  }

  const std::string name_;
  const std::string module_;
  int process_latency_frames_ = 0;
  std::unique_ptr<AudioBackend> loaded_;
};

}  // namespace

std::unique_ptr<AudioBackend> MakeModuleBackend(std::string_view name,
                                                std::string_view module) {
  return std::make_unique<ModuleBackend>(name, module);
}

}  // namespace tacet
