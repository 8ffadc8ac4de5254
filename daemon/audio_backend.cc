// SPDX-License-Identifier: Apache-2.0
#include "daemon/audio_backend.h"

#include "absl/strings/str_cat.h"

namespace tacet {

absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> AudioBackend::Record(
    // By value, since those that record keep it.
    // NOLINTNEXTLINE(performance-unnecessary-value-param)
    std::shared_ptr<LoopbackTape>) {
  return absl::UnimplementedError(
      absl::StrCat("loopback: backend ", std::string(name()),
                   " has no virtual microphone of its own to listen to"));
}

}  // namespace tacet
