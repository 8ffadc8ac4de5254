// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_PORTAUDIO_JACK_CLIENT_H_
#define TACET_DAEMON_PORTAUDIO_JACK_CLIENT_H_

#include <jack/jack.h>
#include <portaudio.h>

namespace tacet {

// Pa_Initialize and the client of JACK that it has opened, which PortAudio
// keeps to itself; null where it has opened none. Asking the server through it
// saves a client of our own beside it: JACK takes a period or two to open one,
// another to close it, and locks the server's memory for each. The client is
// PortAudio's, and gone after Pa_Terminate. Thread: one at a time.
PaError InitializeWithJackClient(jack_client_t** client);

}  // namespace tacet

#endif  // TACET_DAEMON_PORTAUDIO_JACK_CLIENT_H_
