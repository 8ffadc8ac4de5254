// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_PORTAUDIO_DEVICES_H_
#define TACET_DAEMON_PORTAUDIO_DEVICES_H_

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "daemon/audio_backend.h"
#include "daemon/portaudio_api.h"

namespace tacet {

// The device to capture: by name, or the host API's default.
// Errors: NotFound naming it.
absl::StatusOr<PaDeviceIndex> FindPortAudioSource(PortAudioApi& api,
                                                  PaHostApiTypeId type,
                                                  std::string_view source);

// The device to play into.
//   JACK: the default; it is disconnected afterwards.
//   ALSA, which has no virtual microphones: the PCM called `name` or `tacet`
//     (of asoundrc: into a null sink, say), else a loopback card. Never the
//     default: those are the loudspeakers.
// Errors: FailedPrecondition saying what to set up.
absl::StatusOr<PaDeviceIndex> FindPortAudioSink(PortAudioApi& api,
                                                PaHostApiTypeId type,
                                                std::string_view name);

std::vector<DeviceInfo> ListPortAudioDevices(PortAudioApi& api,
                                             PaHostApiTypeId type);

}  // namespace tacet

#endif  // TACET_DAEMON_PORTAUDIO_DEVICES_H_
