// SPDX-License-Identifier: Apache-2.0
#include "daemon/portaudio_api.h"

#include <alsa/asoundlib.h>
#include <jack/jack.h>
#include <pa_jack.h>

#include <algorithm>

namespace tacet {
namespace {

constexpr size_t kMaxJackName = 32;

void IgnoreAlsaError(const char*, int, const char*, int, const char*, ...) {}

// Both write to our standard error otherwise, dozens of lines at each start.
void SilenceLibraries() {
  jack_set_error_function([](const char*) {});
  jack_set_info_function([](const char*) {});
  snd_lib_error_set_handler(&IgnoreAlsaError);
}

class RealPortAudioApi final : public PortAudioApi {
 public:
  PaError Initialize() override {
    SilenceLibraries();
    return Pa_Initialize();
  }
  PaError Terminate() override { return Pa_Terminate(); }

  const PaHostApiInfo* HostApi(PaHostApiTypeId type) override {
    const PaHostApiIndex index = Pa_HostApiTypeIdToHostApiIndex(type);
    return index < 0 ? nullptr : Pa_GetHostApiInfo(index);
  }
  PaDeviceIndex Device(PaHostApiTypeId type, int n) override {
    return Pa_HostApiDeviceIndexToDeviceIndex(
        Pa_HostApiTypeIdToHostApiIndex(type), n);
  }
  const PaDeviceInfo* Info(PaDeviceIndex device) override {
    return Pa_GetDeviceInfo(device);
  }
  PaError Open(PaStream** stream, const PaStreamParameters* input,
               const PaStreamParameters* output, double rate_hz,
               PaStreamCallback* callback, void* user) override {
    return Pa_OpenStream(stream, input, output, rate_hz,
                         paFramesPerBufferUnspecified, paClipOff | paDitherOff,
                         callback, user);
  }
  const PaStreamInfo* Info(PaStream* stream) override {
    return Pa_GetStreamInfo(stream);
  }
  PaError Start(PaStream* stream) override { return Pa_StartStream(stream); }
  bool HasEnded(PaStream* stream) override {
    return Pa_IsStreamActive(stream) == 0;
  }
  PaError Abort(PaStream* stream) override { return Pa_AbortStream(stream); }
  PaError Close(PaStream* stream) override { return Pa_CloseStream(stream); }

  std::optional<JackServer> FindJackServer() override {
    SilenceLibraries();
    jack_client_t* client =
        jack_client_open("tacet-probe", JackNoStartServer, nullptr);
    if (client == nullptr) return std::nullopt;
    const JackServer server = {static_cast<int>(jack_get_sample_rate(client)),
                               static_cast<int>(jack_get_buffer_size(client))};
    jack_client_close(client);
    return server;
  }

  void SetJackClientName(const std::string& name) override {
    // PortAudio keeps the pointer.
    static std::string kept;
    kept = name.substr(0, kMaxJackName - 1);
    std::replace(kept.begin(), kept.end(), ':', ' ');
    PaJack_SetClientName(kept.c_str());
  }

  bool DisconnectJackOutputs() override {
    const char* name = nullptr;
    if (PaJack_GetClientName(&name) != paNoError) return false;
    jack_client_t* client =
        jack_client_open("tacet-setup", JackNoStartServer, nullptr);
    if (client == nullptr) return false;
    bool ok = true;
    const char** ports =
        jack_get_ports(client, nullptr, nullptr, JackPortIsOutput);
    const std::string prefix = std::string(name) + ":";
    for (int i = 0; ports != nullptr && ports[i] != nullptr; ++i) {
      if (std::string(ports[i]).rfind(prefix, 0) != 0) continue;
      const char** others = jack_port_get_all_connections(
          client, jack_port_by_name(client, ports[i]));
      for (int k = 0; others != nullptr && others[k] != nullptr; ++k) {
        // A program that has just connected itself is to stay.
        jack_port_t* other = jack_port_by_name(client, others[k]);
        if (other == nullptr ||
            (jack_port_flags(other) & JackPortIsPhysical) == 0) {
          continue;
        }
        ok &= jack_disconnect(client, ports[i], others[k]) == 0;
      }
      jack_free(others);
    }
    jack_free(ports);
    jack_client_close(client);
    return ok;
  }
};

}  // namespace

std::unique_ptr<PortAudioApi> MakePortAudioApi() {
  return std::make_unique<RealPortAudioApi>();
}

}  // namespace tacet
