// SPDX-License-Identifier: Apache-2.0
// The two streams between us and a PulseAudio server.
#ifndef TACET_DAEMON_PULSE_STREAM_H_
#define TACET_DAEMON_PULSE_STREAM_H_

#include <pulse/pulseaudio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "daemon/audio_backend.h"

namespace tacet {

// What both directions share. Made corked; audio flows after SetCorked(false).
// A stream that fails stays so: make another.
// Thread: that of the context's main loop, which also calls the client.
class PulseStream {
 public:
  enum class State { kConnecting, kReady, kLost };

  virtual ~PulseStream();
  PulseStream(const PulseStream&) = delete;
  PulseStream& operator=(const PulseStream&) = delete;

  State state() const;
  // As the server has granted it; valid when ready. A period is two of the
  // fragments that the server asks for or gives: its timers beat with them, so
  // that they come unevenly, up to one late.
  AudioFormat format() const;
  // The server's buffers beside one period, in milliseconds; when ready.
  virtual double latency_ms() const = 0;

  bool is_corked() const { return is_corked_; }
  virtual void SetCorked(bool corked);

  // Whether audio has flowed since the last call. A suspended device need not.
  bool TakeProgress();
  // Whether any has since it was last uncorked.
  bool has_flowed() const { return has_flowed_; }

 protected:
  // Frames of one call of the client, at most.
  static constexpr int kMaxFrames = 8192;
  static constexpr int kMaxChannels = 2;

  PulseStream(pa_context* context, const char* name, int sample_rate_hz,
              int num_channels, AudioClient* client);

  size_t frame_bytes() const { return sizeof(float) * spec_.channels; }
  int64_t FramesToNs(int64_t frames) const {
    return frames * 1000000000 / spec_.rate;
  }
  double FramesToMs(double frames) const { return frames * 1e3 / spec_.rate; }
  virtual int fragment_frames() const = 0;
  void NoteProgress() { has_progress_ = has_flowed_ = true; }

  AudioClient* const client_;
  pa_sample_spec spec_;
  pa_stream* stream_;
  bool is_corked_ = true;
  std::vector<float> planes_;  // [kMaxChannels][kMaxFrames]

 private:
  bool has_progress_ = false;
  bool has_flowed_ = false;
};

// Source -> AudioClient::Capture.
class PulseCapture final : public PulseStream {
 public:
  PulseCapture(pa_context* context, const std::string& source_name,
               uint32_t source_index, int sample_rate_hz, int num_channels,
               int fragment_frames, AudioClient* client);

  uint32_t source_index() const { return source_index_; }
  const std::string& source_name() const { return source_name_; }
  double latency_ms() const override;
  void SetCorked(bool corked) override;

 private:
  static void OnReadable(pa_stream*, size_t bytes, void* self);
  static void OnOverflow(pa_stream*, void* self);
  int fragment_frames() const override;
  void Read();
  void Deliver(const float* frames, int num_frames, int64_t now_ns);

  const std::string source_name_;
  const uint32_t source_index_;
};

// AudioClient::Playback -> sink.
class PulsePlayback final : public PulseStream {
 public:
  PulsePlayback(pa_context* context, const std::string& sink_name,
                int sample_rate_hz, int num_channels, int fragment_frames,
                AudioClient* client);

  double latency_ms() const override;
  void SetCorked(bool corked) override;

 private:
  static void OnWritable(pa_stream*, size_t bytes, void* self);
  static void OnUnderflow(pa_stream*, void* self);
  int fragment_frames() const override;
  void Write(size_t bytes);
  void WriteSilence(size_t bytes);
  void Fill(float* frames, int num_frames, int64_t now_ns);
};

}  // namespace tacet

#endif  // TACET_DAEMON_PULSE_STREAM_H_
