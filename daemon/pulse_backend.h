// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_PULSE_BACKEND_H_
#define TACET_DAEMON_PULSE_BACKEND_H_

#include <memory>

#include "daemon/audio_backend.h"

namespace tacet {

// PulseAudio, or what speaks its protocol (pipewire-pulse): a virtual
// microphone of a null sink and a remap source, two clocks.
//   * The server is that of $PULSE_SERVER, or the user's; none is started.
//   * While nobody records from the virtual microphone both streams are
//     paused (kIdle), and the microphone is free.
//   * While there is no source to capture the virtual microphone stays and is
//     silent: kStarting with a detail.
//   * A server that dies or hangs: kFailed, within a second while running,
//     ten when idle.
std::unique_ptr<AudioBackend> MakePulseBackend();

}  // namespace tacet

#endif  // TACET_DAEMON_PULSE_BACKEND_H_
