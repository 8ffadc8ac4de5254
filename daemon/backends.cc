// SPDX-License-Identifier: Apache-2.0
#include "daemon/backends.h"

#include "absl/status/status.h"

#ifdef TACET_BACKEND_PIPEWIRE
#include "daemon/pipewire_backend.h"
#endif
#ifdef TACET_BACKEND_PULSE
#include "daemon/pulse_backend.h"
#endif
#ifdef TACET_BACKEND_PORTAUDIO
#include "daemon/portaudio_backend.h"
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
    backends.push_back(MakePulseBackend());
  }
#endif
#ifdef TACET_BACKEND_PORTAUDIO
  if (is_wanted(BackendChoice::kJack)) backends.push_back(MakeJackBackend());
  if (is_wanted(BackendChoice::kAlsa)) backends.push_back(MakeAlsaBackend());
#endif
  if (!backends.empty()) return backends;
  static_cast<void>(is_wanted);
  return absl::NotFoundError("tacetd was built without this backend");
}

}  // namespace tacet
