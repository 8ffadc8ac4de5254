// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_JACK_RECORDER_H_
#define TACET_DAEMON_JACK_RECORDER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "daemon/audio_backend.h"
#include "daemon/loopback_tape.h"

namespace tacet {

// A JACK client of its own, connected to the first output of client
// `microphone`. It is opened and closed on a thread that is left to itself,
// since libjack may hang with its server.
// Thread: control.
std::unique_ptr<MicrophoneRecorder> MakeJackRecorder(
    const std::string& microphone, std::shared_ptr<LoopbackTape> tape);

}  // namespace tacet

#endif  // TACET_DAEMON_JACK_RECORDER_H_
