// SPDX-License-Identifier: Apache-2.0
// From PortAudio's callbacks to the client.
#ifndef TACET_DAEMON_PORTAUDIO_STREAMS_H_
#define TACET_DAEMON_PORTAUDIO_STREAMS_H_

#include <portaudio.h>
#include <pthread.h>

#include <atomic>
#include <chrono>

#include "daemon/audio_backend.h"
#include "daemon/portaudio_gap_detector.h"

namespace tacet {

// Lets callbacks through to the client, or not. A stream that cannot be
// stopped goes on calling; the client is then out of its reach all the same.
class PortAudioGate {
 public:
  void Open(AudioClient* client) { client_.store(client); }
  // After true no callback is inside; false: one has not come back in time.
  bool Close(std::chrono::milliseconds limit);

  // nullptr: closed; else Leave must follow.  Realtime-safe: yes.
  AudioClient* Enter() noexcept TACET_REALTIME {
    num_inside_.fetch_add(1);
    AudioClient* client = client_.load();
    if (client == nullptr) num_inside_.fetch_sub(1);
    return client;
  }
  void Leave() noexcept TACET_REALTIME { num_inside_.fetch_sub(1); }

 private:
  std::atomic<AudioClient*> client_ = nullptr;
  std::atomic<int> num_inside_ = 0;
};

// One stream: full duplex (one clock), capture or playback.
class PortAudioStreamState {
 public:
  static constexpr int kMaxFrames = 8192;  // of one call of the client
  static constexpr int kMaxChannels = 2;

  PortAudioGate* gate = nullptr;
  int num_inputs = 0;
  int num_outputs = 0;
  PortAudioGapDetector gaps;
  std::atomic<bool> is_muted = false;  // what is played; the client runs
  std::atomic<int64_t> num_callbacks = 0;
  std::atomic<pthread_t> thread{};  // of the callbacks; written before the first

  // A PaStreamCallback; user is a PortAudioStreamState. Samples are planar
  // floats.
  static int OnAudio(const void* input, void* output, unsigned long frames,
                     const PaStreamCallbackTimeInfo*,
                     PaStreamCallbackFlags flags, void* user);

 private:
  void Run(const float* const* in, float* const* out, int frames,
           bool is_flagged) noexcept TACET_REALTIME;
};

}  // namespace tacet

#endif  // TACET_DAEMON_PORTAUDIO_STREAMS_H_
