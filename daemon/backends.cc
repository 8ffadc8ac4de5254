// SPDX-License-Identifier: Apache-2.0
#include "daemon/backends.h"

#include "absl/status/status.h"
#include "daemon/backend_module.h"

#ifdef TACET_BACKEND_PIPEWIRE
#include "daemon/pipewire_backend.h"
#endif

namespace tacet {

absl::StatusOr<std::vector<std::unique_ptr<AudioBackend>>> MakeBackends(
    BackendChoice choice) {
  std::vector<std::unique_ptr<AudioBackend>> backends;
  const auto is_wanted = [choice](BackendChoice one) {
    return choice == BackendChoice::kAuto || choice == one;
  };
#ifdef TACET_BACKEND_PIPEWIRE
  if (is_wanted(BackendChoice::kPipeWire)) {
    backends.push_back(CreatePipewireBackend());
  }
#endif
#ifdef TACET_BACKEND_PULSE
  if (is_wanted(BackendChoice::kPulseAudio)) {
    backends.push_back(MakeModuleBackend("pulseaudio", TACET_BACKEND_PULSE));
  }
#endif
#ifdef TACET_BACKEND_PORTAUDIO
  if (is_wanted(BackendChoice::kJack)) {
    backends.push_back(MakeModuleBackend("jack", TACET_BACKEND_PORTAUDIO));
  }
  if (is_wanted(BackendChoice::kAlsa)) {
    backends.push_back(MakeModuleBackend("alsa", TACET_BACKEND_PORTAUDIO));
  }
#endif
  if (!backends.empty()) return backends;
  static_cast<void>(is_wanted);
  return absl::NotFoundError("tacetd was built without this backend");
}

}  // namespace tacet
