// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_PORTAUDIO_HOST_API_H_
#define TACET_DAEMON_PORTAUDIO_HOST_API_H_

#include <portaudio.h>

namespace tacet {

// The host API that the next Pa_Initialize brings up, of JACK and ALSA; the
// other is as if PortAudio were built without it. By itself PortAudio brings up
// both, and ALSA's part opens each PCM that is configured: on a desktop with
// ALSA's plug-ins that loads 20 MB of libraries, opens two clients of JACK and
// takes a quarter of a second.
// Thread: that of Pa_Initialize.
void ChooseHostApi(PaHostApiTypeId type);

}  // namespace tacet

#endif  // TACET_DAEMON_PORTAUDIO_HOST_API_H_
