// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_PORTAUDIO_BACKEND_H_
#define TACET_DAEMON_PORTAUDIO_BACKEND_H_

#include <functional>
#include <memory>

#include "daemon/audio_backend.h"
#include "daemon/portaudio_api.h"

namespace tacet {

// A stop that hangs. PortAudio's Pa_AbortStream, Pa_CloseStream and
// Pa_Terminate may never return. The client is out of reach of the callbacks
// all the same, but neither this thread nor this library can be used again in
// this process. Two seconds after Stop() status() then is kStopping with a
// detail that begins with kPortAudioHung, the event descriptor becomes
// readable, and Start() fails. Where a JACK server died, at once. The
// supervisor must then re-execute the daemon, handing over socket and state;
// the backend may be destroyed (its thread is left to itself) or not.
inline constexpr char kPortAudioHung[] = "hung";

// JACK: one full-duplex stream, one clock, the server's rate and period. The
// client is called as the virtual microphone, whose ports out_N others connect
// to; PortAudio's connection to the loudspeakers is undone before a sound.
std::unique_ptr<AudioBackend> MakeJackBackend();

// ALSA: two half-duplex streams, two clocks. ALSA has no virtual microphones:
// see FindPortAudioSink. Over the plugins to PulseAudio and PipeWire it is best
// effort: their latency is capped by $PULSE_LATENCY_MSEC and $PIPEWIRE_LATENCY,
// which are set unless they are already. Without a device that fits, Start()
// asks ALSA again only for signs of another (AlsaClues), else fails at once.
std::unique_ptr<AudioBackend> MakeAlsaBackend();

// With PortAudio stood in for; paJACK or paALSA. Where may_have_server says
// that no JACK server can answer, JACK is not asked.
std::unique_ptr<AudioBackend> MakePortAudioBackend(
    PaHostApiTypeId type,
    std::function<std::unique_ptr<PortAudioApi>()> make_api,
    std::function<bool()> may_have_server = [] { return true; });

}  // namespace tacet

#endif  // TACET_DAEMON_PORTAUDIO_BACKEND_H_
