// SPDX-License-Identifier: Apache-2.0
// The two PipeWire streams: the virtual microphone, and the capture stream that
// feeds it within the same cycle.
#ifndef TACET_DAEMON_PIPEWIRE_DUPLEX_H_
#define TACET_DAEMON_PIPEWIRE_DUPLEX_H_

#include <pipewire/pipewire.h>
#include <spa/param/latency-utils.h>

#include <string>

#include "absl/status/status.h"
#include "daemon/audio_backend.h"
#include "daemon/pipewire_connection.h"
#include "daemon/pipewire_cycle.h"

namespace tacet {

// Both streams are float, planar and of the same rate; where the graph runs at
// another one, the server's adapters around them resample.
// Thread: control.  Realtime-safe: no.
class PipewireDuplex {
 public:
  struct Params {
    std::string description;  // of the virtual microphone
    int num_channels = 1;     // of the virtual microphone
    int sample_rate_hz = 48000;
    int period_frames = 0;  // 0: whatever the server uses
  };

  // The connection outlives it.
  PipewireDuplex(PipewireConnection* connection, Params params);
  ~PipewireDuplex();
  PipewireDuplex(const PipewireDuplex&) = delete;
  PipewireDuplex& operator=(const PipewireDuplex&) = delete;

  // Makes the virtual microphone; once.
  absl::Status ConnectPlayback();

  // Makes the capture stream, not yet linked to anything, or removes it.
  absl::Status ConnectCapture(int num_channels);
  void DropCapture();

  // The client to call from now on; null: none, and silence goes out. After it
  // the former client is not called any more.
  void SetClient(AudioClient* client);

  // The delay between the streams, which the server adds to what it tells of
  // latency on either side.
  void SetProcessLatency(int num_frames);

  // SPA_ID_INVALID until the server has given one.
  uint32_t playback_node() const;
  uint32_t capture_node() const;
  bool has_capture() const { return capture_ != nullptr; }
  int num_capture_channels() const { return num_capture_channels_; }

  // Whether the session manager has set up the stream and the graph runs it.
  bool playback_ready() const;
  bool streaming() const;
  // "": none of the streams failed.
  const std::string& failure() const { return failure_; }

  // What lies before and behind the streams, beside their periods.
  double server_latency_ms() const;

  const PipewireCycle& cycle() const { return cycle_; }

 private:
  pw_properties* Properties(const char* name) const;
  absl::Status Connect(pw_stream* stream, pw_direction direction,
                       int num_channels, int flags);
  // A stream reports latency of the graph on its side.
  void OnLatency(const spa_pod* param, pw_stream* from);
  void SendLatency(const spa_latency_info& info, pw_stream* to);
  void OnState(pw_stream_state state, const char* error);
  void OnPlaybackIo(uint32_t id, void* area, uint32_t size);

  static const pw_stream_events kCaptureEvents;
  static const pw_stream_events kPlaybackEvents;

  PipewireConnection* connection_;
  Params params_;
  std::string group_;
  PipewireCycle cycle_;
  pw_stream* playback_ = nullptr;
  pw_stream* capture_ = nullptr;
  spa_hook playback_hook_ = {};
  spa_hook capture_hook_ = {};
  int num_capture_channels_ = 0;
  int process_latency_frames_ = 0;
  spa_latency_info upstream_;    // from the source's side
  spa_latency_info downstream_;  // from the listeners' side
  std::string failure_;
};

}  // namespace tacet

#endif  // TACET_DAEMON_PIPEWIRE_DUPLEX_H_
