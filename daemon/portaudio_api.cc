// SPDX-License-Identifier: Apache-2.0
#include "daemon/portaudio_api.h"

#include <alsa/asoundlib.h>
#include <jack/jack.h>
#include <pa_jack.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/jack_memory.h"
#include "daemon/portaudio_host_api.h"
#include "daemon/portaudio_jack_client.h"

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
  PaError Initialize(PaHostApiTypeId type) override {
    SilenceLibraries();
    ChooseHostApi(type);
    return InitializeWithJackClient(&client_);
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
    const PaError error = Pa_OpenStream(
        stream, input, output, rate_hz, paFramesPerBufferUnspecified,
        paClipOff | paDitherOff, callback, user);
    // The last look for a port's name is over.
    ReleaseJackMemory();
    return error;
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
    if (client_ == nullptr) return std::nullopt;
    const char** const ports =
        jack_get_ports(client_, nullptr, JACK_DEFAULT_AUDIO_TYPE,
                       JackPortIsInput | JackPortIsPhysical);
    for (int i = 0; ports != nullptr && ports[i] != nullptr; ++i) {
      loudspeakers_.emplace_back(ports[i]);
    }
    jack_free(ports);
    return JackServer{static_cast<int>(jack_get_sample_rate(client_)),
                      static_cast<int>(jack_get_buffer_size(client_))};
  }

  void SetJackClientName(const std::string& name) override {
    // PortAudio keeps the pointer.
    static std::string kept;
    kept = name.substr(0, kMaxJackName - 1);
    std::replace(kept.begin(), kept.end(), ':', ' ');
    PaJack_SetClientName(kept.c_str());
  }

  // By attempts, without a look at the connections: for that libjack waits a
  // period after each change, such as PortAudio's of just now. PortAudio has
  // connected each port, or not started; so one attempt must succeed for each,
  // but on a server without loudspeakers.
  bool DisconnectJackOutputs(int num_ports) override {
    bool ok = true;
    const std::string prefix =
        absl::StrCat(jack_get_client_name(client_), ":out_");
    for (int i = 0; i < num_ports; ++i) {
      const std::string port = absl::StrCat(prefix, i);
      bool is_done = loudspeakers_.empty();
      // A program that has just connected itself is to stay.
      for (const std::string& loudspeaker : loudspeakers_) {
        is_done |=
            jack_disconnect(client_, port.c_str(), loudspeaker.c_str()) == 0;
      }
      ok &= is_done;
    }
    return ok;
  }

 private:
  jack_client_t* client_ = nullptr;        // PortAudio's
  std::vector<std::string> loudspeakers_;  // JACK's physical ports
};

}  // namespace

std::unique_ptr<PortAudioApi> MakePortAudioApi() {
  return std::make_unique<RealPortAudioApi>();
}

}  // namespace tacet
