// SPDX-License-Identifier: Apache-2.0
// A sound card in virtual time.
#ifndef TACET_DAEMON_FAKE_DEVICE_H_
#define TACET_DAEMON_FAKE_DEVICE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "daemon/audio_backend.h"
#include "daemon/loopback_tape.h"

namespace tacet {

// What goes wrong, from at_s for duration_s of virtual time.
struct FakeEvent {
  enum class Kind {
    kXrun,           // at at_s, duration_s worth of frames are lost and told
    kStallCapture,   // no capture (one clock: no) callbacks; frames are lost
    kStallPlayback,  // no playback callbacks
    kLate,           // callbacks that are due come all together at the end
    kUnplug,         // the device is gone
    kServerGone,     // so is the server
    kNoListener,     // nobody listens: no callbacks, the backend is idle
  };
  Kind kind;
  double at_s = 0.0;
  double duration_s = 0.0;
};

struct FakeDeviceParams {
  AudioFormat capture;
  AudioFormat playback;
  ClockDomain clocks = ClockDomain::kOne;
  double capture_ppm = 0.0;   // how much faster than nominal
  double playback_ppm = 0.0;  // with two clocks
  double jitter_ms = 0.0;     // callbacks are late by 0..jitter, uniform
  uint32_t seed = 1;
  std::vector<FakeEvent> events;
  // Frame `frame` of a channel; by default noise, the same on every machine.
  std::function<float(int64_t frame, int channel)> signal;
  // Gets what is played, with the frame's number on the playback clock.
  std::function<void(std::span<const float* const> out, int n, int64_t frame)>
      sink;
};

// Calls a client as a sound card would, all on the caller's thread, in the
// order of virtual time. The same parameters give the same calls.
//   Frame k is captured at k / (rate (1 + ppm)); a callback comes when its last
//   frame has been captured (played: when its first one is due) plus jitter.
class FakeDevice {
 public:
  explicit FakeDevice(const FakeDeviceParams& params);

  // Null: callbacks come to nobody; the device's time goes on.
  void SetClient(AudioClient* client) { client_ = client; }

  // Gets what is played, as a listener; null: nobody.
  void SetTape(std::shared_ptr<LoopbackTape> tape) { tape_ = std::move(tape); }

  // All callbacks before until_ns.
  void RunUntil(int64_t until_ns);

  int64_t now_ns() const { return now_ns_; }
  bool IsActive(FakeEvent::Kind kind) const { return IsActive(kind, now_ns_); }
  // While it runs: others, and the tape's.
  int num_listeners() const {
    return (IsActive(FakeEvent::Kind::kNoListener) ? 0 : 1) +
           (tape_ == nullptr ? 0 : 1);
  }
  const FakeDeviceParams& params() const { return params_; }

  // FNV-1a of the bits of all samples played, in order.
  uint64_t output_hash() const { return hash_; }
  int64_t frames_captured() const { return captured_; }
  int64_t frames_played() const { return played_; }

 private:
  bool IsActive(FakeEvent::Kind kind, int64_t now_ns) const;
  bool HasCallbacks(FakeEvent::Kind stall) const;
  int64_t CallbackNs(int64_t frame, double ppm, int64_t after_ns);
  void Xruns();
  void Capture();
  void Playback();
  void Fill(int n);
  void Play(int n);

  const FakeDeviceParams params_;
  AudioClient* client_ = nullptr;
  std::shared_ptr<LoopbackTape> tape_;
  std::minstd_rand random_;
  int64_t now_ns_ = 0;
  int64_t captured_ = 0;  // frames, lost ones too
  int64_t played_ = 0;
  int64_t next_capture_ns_ = 0;
  int64_t next_playback_ns_ = 0;
  size_t num_xruns_ = 0;  // events that have been told
  uint64_t hash_ = 0xcbf29ce484222325u;
  std::vector<std::vector<float>> in_, out_;
  std::vector<const float*> in_channels_, played_channels_;
  std::vector<float*> out_channels_;
};

}  // namespace tacet

#endif  // TACET_DAEMON_FAKE_DEVICE_H_
