// SPDX-License-Identifier: Apache-2.0
// The functions of PortAudio and JACK that the backend calls, so that a test
// can stand in for them.
#ifndef TACET_DAEMON_PORTAUDIO_API_H_
#define TACET_DAEMON_PORTAUDIO_API_H_

#include <portaudio.h>

#include <memory>
#include <optional>
#include <string>

namespace tacet {

struct JackServer {
  int sample_rate_hz = 0;
  int period_frames = 0;
};

// As PortAudio documents them. Thread: one, the backend's own.
class PortAudioApi {
 public:
  virtual ~PortAudioApi() = default;
  // Of the host APIs at most the one of that type is there afterwards.
  virtual PaError Initialize(PaHostApiTypeId type) = 0;
  virtual PaError Terminate() = 0;
  // nullptr: PortAudio was built without it, or its server is not there.
  virtual const PaHostApiInfo* HostApi(PaHostApiTypeId type) = 0;
  // Of the n-th device of a host API.
  virtual PaDeviceIndex Device(PaHostApiTypeId type, int n) = 0;
  virtual const PaDeviceInfo* Info(PaDeviceIndex device) = 0;
  virtual PaError Open(PaStream** stream, const PaStreamParameters* input,
                       const PaStreamParameters* output, double rate_hz,
                       PaStreamCallback* callback, void* user) = 0;
  virtual const PaStreamInfo* Info(PaStream* stream) = 0;
  virtual PaError Start(PaStream* stream) = 0;
  // A started stream has ended by itself. With JACK its server died, and
  // neither Abort nor Close returns any more (for ten minutes, in 19.6).
  virtual bool HasEnded(PaStream*) { return false; }
  virtual PaError Abort(PaStream* stream) = 0;
  virtual PaError Close(PaStream* stream) = 0;

  // After Initialize(paJACK), which starts no server. nullopt: none answers.
  virtual std::optional<JackServer> FindJackServer() = 0;
  // Before Initialize.
  virtual void SetJackClientName(const std::string& name) = 0;
  // PortAudio's Start connects what it plays to the loudspeakers; a microphone
  // must not be heard there. False: it may be.
  virtual bool DisconnectJackOutputs(int num_ports) = 0;
};

std::unique_ptr<PortAudioApi> MakePortAudioApi();

}  // namespace tacet

#endif  // TACET_DAEMON_PORTAUDIO_API_H_
