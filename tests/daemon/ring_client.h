// SPDX-License-Identifier: Apache-2.0
// Passes audio through unchanged, so that a test can find every sample again.
#ifndef TACET_TESTS_DAEMON_RING_CLIENT_H_
#define TACET_TESTS_DAEMON_RING_CLIENT_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "daemon/audio_backend.h"

namespace tacet {

// One channel through a plain ring. Playback waits until `delay_frames` are
// there; what is missing is silence.
class RingClient final : public AudioClient {
 public:
  explicit RingClient(int delay_frames) : delay_frames_(delay_frames) {}

  absl::Status Configure(const AudioFormat& capture,
                         const AudioFormat& playback,
                         ClockDomain clocks) override {
    if (active_.load() > 0) configured_while_active_ = true;
    capture_format = capture;
    playback_format = playback;
    clock_domain = clocks;
    ++num_configures;
    if (refuse) return absl::InvalidArgumentError("refused by the test");
    return absl::OkStatus();
  }

  void Process(std::span<const float* const> in, std::span<float* const> out,
               int n, int64_t) noexcept override {
    ++active_;
    for (float* plane : out) {
      if (plane != in[0]) std::copy(in[0], in[0] + n, plane);
    }
    frames_in += n;
    frames_out += n;
    ++num_calls;
    NoteLevel(in[0], n);
    --active_;
  }

  void Capture(std::span<const float* const> in, int n,
               int64_t now_ns) noexcept override {
    ++active_;
    const int64_t head = head_.load();
    for (int i = 0; i < n; ++i) {
      ring_[(head + i) % kSize] = in[0][i];
    }
    head_.store(head + n);
    frames_in += n;
    ++num_calls;
    if (now_ns < last_capture_ns_) time_went_back = true;
    last_capture_ns_ = now_ns;
    NoteLevel(in[0], n);
    max_frames = std::max<int>(max_frames, n);
    --active_;
  }

  void Playback(std::span<float* const> out, int n, int64_t) noexcept override {
    ++active_;
    int64_t tail = tail_.load();
    const int64_t head = head_.load();
    if (!is_primed_ && head - tail >= delay_frames_) is_primed_ = true;
    if (head - tail > kSize) {
      ++num_overruns;
      tail = head - delay_frames_;
    }
    for (int i = 0; i < n; ++i) {
      if (is_primed_ && tail < head) {
        out[0][i] = ring_[tail++ % kSize];
      } else {
        out[0][i] = 0.0f;
        ++silent_frames;
        if (is_primed_) ++missing_frames;
      }
    }
    for (float* plane : out) {
      if (plane != out[0]) std::copy(out[0], out[0] + n, plane);
    }
    tail_.store(tail);
    frames_out += n;
    max_frames = std::max<int>(max_frames, n);
    --active_;
  }

  void NoteXrun(int64_t lost) noexcept override {
    ++num_xruns;
    lost_frames += lost;
  }

  bool is_active() const { return active_.load() > 0; }
  bool configured_while_active() const { return configured_while_active_; }
  int64_t in_flight() const { return head_.load() - tail_.load(); }

  AudioFormat capture_format, playback_format;
  ClockDomain clock_domain = ClockDomain::kOne;
  bool refuse = false;
  std::atomic<int> num_configures = 0;
  std::atomic<int> num_calls = 0;
  std::atomic<int> max_frames = 0;
  std::atomic<int64_t> frames_in = 0, frames_out = 0;
  std::atomic<int64_t> missing_frames = 0;  // silence in between
  std::atomic<int64_t> silent_frames = 0;   // all silence
  std::atomic<int64_t> num_overruns = 0;
  std::atomic<int64_t> num_xruns = 0, lost_frames = 0;
  std::atomic<float> level = 0.0f;  // peak of the newest capture
  std::atomic<bool> time_went_back = false;

 private:
  static constexpr int64_t kSize = 1 << 17;

  void NoteLevel(const float* x, int n) {
    float peak = 0.0f;
    for (int i = 0; i < n; ++i) peak = std::max(peak, std::abs(x[i]));
    level = peak;
  }

  const int delay_frames_;
  bool is_primed_ = false;
  std::array<float, kSize> ring_{};
  std::atomic<int64_t> head_ = 0, tail_ = 0;
  int64_t last_capture_ns_ = 0;
  std::atomic<int> active_ = 0;
  std::atomic<bool> configured_while_active_ = false;
};

}  // namespace tacet

#endif  // TACET_TESTS_DAEMON_RING_CLIENT_H_
