// SPDX-License-Identifier: Apache-2.0
// What happens in one cycle of the PipeWire graph: the capture stream's buffer
// goes through the client into the playback stream's, before the cycle ends.
//
// The server runs the capture stream once its source is done. The playback
// stream waits for a trigger besides the driver's, which the capture stream
// gives it; so both run in one cycle, one after the other, on one thread.
#ifndef TACET_DAEMON_PIPEWIRE_CYCLE_H_
#define TACET_DAEMON_PIPEWIRE_CYCLE_H_

#include <pipewire/pipewire.h>
#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "daemon/audio_backend.h"
#include "dsp/realtime.h"

namespace tacet {

inline constexpr int kPipewireMaxChannels = 8;

class PipewireCycle {
 public:
  // What the data thread works with; null: not there.
  struct Wiring {
    pw_stream* capture = nullptr;
    pw_stream* playback = nullptr;
    AudioClient* client = nullptr;
    const spa_io_position* position = nullptr;  // of the playback stream
  };

  // The control thread changes it inside PipewireConnection::RunOnDataThread(),
  // that is, never during a cycle.
  Wiring& wiring() { return wiring_; }

  // Forgets the last cycle's time: the pause until the next one is no xrun.
  // Thread: as wiring().
  void Restart() noexcept { last_nsec_ = 0; }

  // The capture stream has a buffer.
  // Thread: data.  Realtime-safe: yes, but for the eventfd with which
  // libpipewire wakes the next node.
  void OnCapture() noexcept TACET_REALTIME;

  // The playback stream wants a buffer: out = Process(in).
  // Thread: data.  Realtime-safe: yes.
  void OnPlayback() noexcept TACET_REALTIME;

  // Of the cycles so far. Thread: any.
  int64_t num_cycles() const {
    return num_cycles_.load(std::memory_order_relaxed);
  }
  // Of the last one, in frames of the graph; 0: none yet.
  int period_frames() const {
    return period_frames_.load(std::memory_order_relaxed);
  }
  int graph_rate_hz() const {
    return graph_rate_hz_.load(std::memory_order_relaxed);
  }
  // The data thread, after the first cycle. Written before num_cycles().
  bool has_thread() const {
    return has_thread_.load(std::memory_order_acquire);
  }
  pthread_t thread() const { return thread_; }

 private:
  void Run(pw_buffer* in, pw_buffer* out) noexcept TACET_REALTIME;
  // Counts frames that the graph skipped since the last cycle.
  void NoteTime(const spa_io_position& position) noexcept TACET_REALTIME;

  Wiring wiring_;
  bool input_pending_ = false;
  int64_t last_now_ns_ = 0;
  uint64_t last_nsec_ = 0;  // of the driver; 0: unknown
  uint64_t last_duration_nsec_ = 0;
  uint32_t last_clock_id_ = 0;

  std::atomic<int64_t> num_cycles_{0};
  std::atomic<int> period_frames_{0};
  std::atomic<int> graph_rate_hz_{0};
  std::atomic<bool> has_thread_{false};
  pthread_t thread_{};
};

}  // namespace tacet

#endif  // TACET_DAEMON_PIPEWIRE_CYCLE_H_
