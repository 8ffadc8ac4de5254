// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_PIPEWIRE_RECORDER_H_
#define TACET_DAEMON_PIPEWIRE_RECORDER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "daemon/audio_backend.h"
#include "daemon/loopback_tape.h"

namespace tacet {

// Records the virtual microphone over a connection of its own, as any program
// that the session manager links to it, at the graph's period.
// Errors: Unavailable: no server, or no stream.
// Thread: control.
absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> MakePipewireRecorder(
    std::shared_ptr<LoopbackTape> tape);

}  // namespace tacet

#endif  // TACET_DAEMON_PIPEWIRE_RECORDER_H_
