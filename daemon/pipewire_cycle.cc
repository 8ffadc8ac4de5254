// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipewire_cycle.h"

#include <algorithm>
#include <cstring>
#include <ctime>

namespace tacet {
namespace {

int64_t MonotonicNow() noexcept {  // through the vDSO: no system call
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

int NumFrames(const spa_data& data) noexcept {
  const uint32_t offset = std::min(data.chunk->offset, data.maxsize);
  const uint32_t size = std::min(data.chunk->size, data.maxsize - offset);
  return static_cast<int>(size / sizeof(float));
}

const float* Samples(const spa_data& data) noexcept {
  const uint32_t offset = std::min(data.chunk->offset, data.maxsize);
  return reinterpret_cast<const float*>(static_cast<const char*>(data.data) +
                                        offset);
}

}  // namespace

void PipewireCycle::OnCapture() noexcept {
  input_pending_ = true;
  // OnPlayback() runs inside this call, unless the playback stream is not
  // started or has no buffer.
  if (wiring_.playback != nullptr) {
    pw_stream_trigger_process(wiring_.playback);
  }
  if (!input_pending_ || wiring_.capture == nullptr) return;
  // Kept, this buffer would delay all that follow.
  input_pending_ = false;
  pw_buffer* in = pw_stream_dequeue_buffer(wiring_.capture);
  if (in != nullptr) pw_stream_queue_buffer(wiring_.capture, in);
  last_nsec_ = 0;
}

void PipewireCycle::OnPlayback() noexcept {
  // Without new input there is nothing to play: libpipewire asks again where
  // it resamples.
  if (!input_pending_ || wiring_.capture == nullptr) return;
  pw_buffer* out = pw_stream_dequeue_buffer(wiring_.playback);
  if (out == nullptr) return;  // OnCapture() drops the input
  pw_buffer* in = pw_stream_dequeue_buffer(wiring_.capture);
  input_pending_ = false;
  if (in != nullptr) {
    Run(in, out);
    pw_stream_queue_buffer(wiring_.capture, in);
  } else {
    for (uint32_t i = 0; i < out->buffer->n_datas; ++i) {
      out->buffer->datas[i].chunk->size = 0;
    }
  }
  pw_stream_queue_buffer(wiring_.playback, out);
}

void PipewireCycle::Run(pw_buffer* in, pw_buffer* out) noexcept {
  const ScopedFlushDenormals flush_denormals;
  const float* inputs[kPipewireMaxChannels];
  float* outputs[kPipewireMaxChannels];
  const uint32_t num_inputs =
      std::min<uint32_t>(in->buffer->n_datas, kPipewireMaxChannels);
  const uint32_t num_outputs =
      std::min<uint32_t>(out->buffer->n_datas, kPipewireMaxChannels);

  int num_frames = num_inputs > 0 ? NumFrames(in->buffer->datas[0]) : 0;
  for (uint32_t i = 0; i < num_inputs; ++i) {
    inputs[i] = Samples(in->buffer->datas[i]);
    num_frames = std::min(num_frames, NumFrames(in->buffer->datas[i]));
  }
  const int num_captured = num_frames;
  for (uint32_t i = 0; i < num_outputs; ++i) {
    const spa_data& data = out->buffer->datas[i];
    outputs[i] = static_cast<float*>(data.data);
    num_frames = std::min(num_frames,
                          static_cast<int>(data.maxsize / sizeof(float)));
  }

  if (!has_thread_.load(std::memory_order_relaxed)) {
    thread_ = pthread_self();
    has_thread_.store(true, std::memory_order_release);
  }
  int64_t now_ns = 0;
  if (wiring_.position != nullptr) {
    now_ns = static_cast<int64_t>(wiring_.position->clock.nsec);
    NoteTime(*wiring_.position);
  }
  if (now_ns == 0) now_ns = MonotonicNow();
  // Another driver's time may be behind by up to a period.
  now_ns = std::max(now_ns, last_now_ns_);
  last_now_ns_ = now_ns;

  AudioClient* client = wiring_.client;
  if (client != nullptr && num_frames > 0 && num_outputs > 0) {
    if (num_captured > num_frames) {
      client->NoteXrun(num_captured - num_frames);
    }
    client->Process({inputs, num_inputs}, {outputs, num_outputs}, num_frames,
                    now_ns);
  } else {
    for (uint32_t i = 0; i < num_outputs; ++i) {
      std::memset(outputs[i], 0, sizeof(float) * num_frames);
    }
  }
  for (uint32_t i = 0; i < num_outputs; ++i) {
    spa_chunk* chunk = out->buffer->datas[i].chunk;
    chunk->offset = 0;
    chunk->size = static_cast<uint32_t>(sizeof(float) * num_frames);
    chunk->stride = sizeof(float);
    chunk->flags = 0;
  }
  num_cycles_.fetch_add(1, std::memory_order_relaxed);
}

void PipewireCycle::NoteTime(const spa_io_position& position) noexcept {
  const spa_io_clock& clock = position.clock;
  if (clock.rate.denom == 0) return;
  period_frames_.store(static_cast<int>(clock.duration),
                       std::memory_order_relaxed);
  graph_rate_hz_.store(static_cast<int>(clock.rate.denom),
                       std::memory_order_relaxed);
  // A driver's time advances by its period. Half a period more and the graph
  // skipped cycles, or this node came too late for them.
  if (last_nsec_ != 0 && clock.id == last_clock_id_ &&
      clock.nsec > last_nsec_ + last_duration_nsec_ * 3 / 2 &&
      wiring_.client != nullptr) {
    const uint64_t lost_nsec = clock.nsec - last_nsec_ - last_duration_nsec_;
    // Of the graph's rate; after ten seconds of silence nobody counts.
    constexpr uint64_t kMostNsec = 10'000'000'000;
    wiring_.client->NoteXrun(static_cast<int64_t>(
        (std::min(lost_nsec, kMostNsec) * clock.rate.denom + 500'000'000) /
        1'000'000'000));
  }
  last_nsec_ = clock.nsec;
  last_duration_nsec_ = clock.duration * 1'000'000'000 / clock.rate.denom;
  last_clock_id_ = clock.id;
}

}  // namespace tacet
