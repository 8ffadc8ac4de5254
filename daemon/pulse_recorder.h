// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_PULSE_RECORDER_H_
#define TACET_DAEMON_PULSE_RECORDER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "daemon/audio_backend.h"
#include "daemon/loopback_tape.h"

namespace tacet {

// Records the virtual microphone over a connection of its own, in fragments of
// 10 ms, as a program for calls does.
// Errors: Internal when libpulse cannot be set up. Does not wait for the
// server; what it then says is MicrophoneRecorder::status().
// Thread: control.
absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> MakePulseRecorder(
    std::shared_ptr<LoopbackTape> tape);

}  // namespace tacet

#endif  // TACET_DAEMON_PULSE_RECORDER_H_
