// SPDX-License-Identifier: Apache-2.0
#include "daemon/portaudio_jack_client.h"

#include <dlfcn.h>

namespace tacet {
namespace {

// Of this thread's Pa_Initialize; null outside of it.
thread_local jack_client_t** opened = nullptr;

}  // namespace

PaError InitializeWithJackClient(jack_client_t** client) {
  *client = nullptr;
  opened = client;
  const PaError error = Pa_Initialize();
  opened = nullptr;
  if (error != paNoError) *client = nullptr;
  return error;
}

}  // namespace tacet

// PortAudio finds this in place of libjack's, as it finds the functions of
// portaudio_host_api.cc; it hands through what libjack's returns. What follows
// `status` only JackServerName and JackLoadInit read, which neither PortAudio
// nor we give.
extern "C" __attribute__((visibility("default"))) jack_client_t*
jack_client_open(const char* name, jack_options_t options,
                 jack_status_t* status, ...) {
  auto* const open = reinterpret_cast<decltype(&jack_client_open)>(
      dlsym(RTLD_NEXT, "jack_client_open"));
  jack_client_t* const client =
      open == nullptr ? nullptr : open(name, options, status);
  if (tacet::opened != nullptr) *tacet::opened = client;
  return client;
}
