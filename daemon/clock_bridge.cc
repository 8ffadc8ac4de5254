// SPDX-License-Identifier: Apache-2.0
#include "daemon/clock_bridge.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace tacet {
namespace {

// Time constants of the delay's control, in seconds.
constexpr double kAcquireTau = 1.0;
constexpr double kSteadyTau = 10.0;

int FramesOf(double ms, int sample_rate_hz) {
  return static_cast<int>(std::lround(1e-3 * ms * sample_rate_hz));
}

}  // namespace

ClockBridge::ClockBridge(const ClockBridgeParams& params,
                         PathCounters* counters)
    : num_channels_(params.num_channels),
      sample_rate_hz_(params.sample_rate_hz),
      target_(params.capture_period +
              FramesOf(kMarginMs, params.sample_rate_hz)),
      playback_frames_(params.playback_period - params.playback_jitter),
      fade_frames_(FramesOf(kFadeMs, params.sample_rate_hz)),
      counters_(counters),
      refused_before_(counters->frames_refused.value()),
      written_before_(counters->ring_written.value()),
      read_before_(counters->ring_read.value()),
      ring_((params.capture_period + params.playback_period +
             FramesOf(kRingMs, params.sample_rate_hz)) *
            params.num_channels),
      capture_clock_(params.sample_rate_hz),
      interleaved_(static_cast<size_t>(kBlock) * params.num_channels),
      playback_clock_(params.sample_rate_hz),
      resampler_(params.num_channels),
      taken_(static_cast<size_t>(kBlock + 2) * params.num_channels),
      given_(static_cast<size_t>(kBlock) * params.num_channels),
      last_frame_(params.num_channels),
      dying_frame_(params.num_channels) {}

void ClockBridge::Capture(std::span<const float* const> in, int n) noexcept {
  assert(static_cast<int>(in.size()) == num_channels_);
  for (int done = 0; done < n;) {
    const int count = std::min(kBlock, n - done);
    for (int c = 0; c < num_channels_; ++c) {
      for (int i = 0; i < count; ++i) {
        interleaved_[i * num_channels_ + c] = in[c][done + i];
      }
    }
    if (!ring_.Write(std::span(interleaved_).first(count * num_channels_))) {
      counters_->frames_refused.Add(count);
    }
    done += count;
  }
}

void ClockBridge::EndCapture(int n, int64_t now_ns) noexcept {
  if (n <= 0) return;
  if (capture_xrun_.exchange(false, std::memory_order_relaxed)) {
    capture_clock_.Relock();
  }
  capture_clock_.Update(now_ns, n);
  CaptureLine line;
  if (capture_clock_.is_locked()) {
    line.time_s = 1e-9 * static_cast<double>(now_ns);
    line.frames = capture_clock_.FramesAt(line.time_s);
    line.frames_per_second = capture_clock_.frames_per_second();
    line.num_locks = capture_clock_.num_locks();
  }
  capture_line_.Write(line);
  counters_->ring_written.Set(written_before_ +
                              ring_.num_written() / num_channels_);
  counters_->EndCapture();
}

int64_t ClockBridge::Playback(std::span<float* const> out, int n,
                              int64_t now_ns) noexcept {
  assert(static_cast<int>(out.size()) == num_channels_);
  if (n <= 0) return -1;
  const int64_t delay_ns = Fill(out, n, now_ns);
  EndPlayback();
  return delay_ns;
}

void ClockBridge::EndPlayback() noexcept {
  counters_->ring_read.Set(read_before_ + ring_.num_read() / num_channels_);
  counters_->EndPlayback();
}

void ClockBridge::Drain() noexcept {
  Skip(ring_.fill() / num_channels_);
  EndPlayback();
}

int64_t ClockBridge::Fill(std::span<float* const> out, int n,
                          int64_t now_ns) noexcept {
  if (playback_xrun_.exchange(false, std::memory_order_relaxed)) {
    playback_clock_.Relock();
  }
  playback_clock_.Update(now_ns, n);

  const CaptureLine& capture = capture_line_.Read();
  if (!playback_clock_.is_locked() || capture.frames_per_second == 0.0) {
    return Silence(out, n);
  }
  double delay = Delay(capture, n);
  const int64_t refused = counters_->frames_refused.value();
  const int num_locks = capture.num_locks + playback_clock_.num_locks();
  // The ring ran over, or a clock has jumped: the delay is set anew.
  bool is_off = refused != refused_seen_;
  refused_seen_ = refused;
  if (num_locks != num_locks_) {
    num_locks_ = num_locks;
    acquire_until_s_ = playback_clock_.due_s() + kAcquireSeconds;
    is_off = is_off ||
             std::abs(delay - target_) > FramesOf(kRecentreMs, sample_rate_hz_);
  }
  if (is_running_ && is_off) return Silence(out, n);
  if (!is_running_) {
    if (!Start(delay, n)) return Silence(out, n);
    delay = target_;
  }
  SteerRatio(delay, capture, n);
  if (ring_.fill() < resampler_.FramesNeeded(n) * num_channels_) {
    return Silence(out, n);
  }
  Give(out, n);
  return static_cast<int64_t>(1e9 * (delay + playback_frames_) /
                              capture.frames_per_second);
}

double ClockBridge::Delay(const CaptureLine& capture, int n) const noexcept {
  const double heard =
      capture.frames +
      (playback_clock_.due_s() - capture.time_s) * capture.frames_per_second;
  const int64_t refused = counters_->frames_refused.value() - refused_before_;
  return heard - static_cast<double>(refused) -
         (static_cast<double>(read_) + n * resampler_.ratio());
}

// Cuts the delay to D*; false while it is less.
bool ClockBridge::Start(double delay, int n) noexcept {
  if (delay < target_) return false;
  // One frame more than ratio 1 takes, for a ratio above it.
  const int spare = ring_.fill() / num_channels_ - (n + n / 256 + 2);
  const int surplus = static_cast<int>(delay - target_);
  if (spare < surplus) return false;
  Skip(surplus);
  resampler_.Reset();
  is_running_ = true;
  // The resampler begins with silence, and with what rings where sound follows.
  fade_ = -2 * DriftResampler::kDelay;
  std::copy(last_frame_.begin(), last_frame_.end(), dying_frame_.begin());
  acquire_until_s_ = playback_clock_.due_s() + kAcquireSeconds;
  return true;
}

void ClockBridge::SteerRatio(double delay, const CaptureLine& capture,
                             int n) noexcept {
  const double error_s = (delay - target_) / capture.frames_per_second;
  const double drift =
      capture.frames_per_second / playback_clock_.frames_per_second();
  double ratio = resampler_.ratio();
  if (playback_clock_.due_s() < acquire_until_s_) {
    ratio = drift * (1.0 + error_s / kAcquireTau);
  } else {
    // Not faster than it can be taken back before the error is made up for.
    const double most = std::sqrt(kMaxSlew * std::abs(error_s));
    const double wanted =
        drift * (1.0 + std::clamp(error_s / kSteadyTau, -most, most));
    const double step = kMaxSlew * n / playback_clock_.frames_per_second();
    ratio += std::clamp(wanted - ratio, -step, step);
  }
  resampler_.SetRatio(ratio);
  ratio_.store(resampler_.ratio(), std::memory_order_relaxed);
  error_s_.store(error_s, std::memory_order_relaxed);
}

void ClockBridge::Give(std::span<float* const> out, int n) noexcept {
  for (int done = 0; done < n;) {
    const int count = std::min(kBlock, n - done);
    const int needed = resampler_.FramesNeeded(count);
    const std::span<float> taken =
        std::span(taken_).first(needed * num_channels_);
    ring_.Read(taken);
    read_ += needed;
    counters_->frames_stretched.Add(count - needed);
    resampler_.Process(taken, std::span(given_).first(count * num_channels_));
    for (int i = 0; i < count; ++i) {
      float* frame = given_.data() + i * num_channels_;
      float gain = 1.0f;
      if (fade_ < fade_frames_) {
        gain = static_cast<float>(std::max(0, ++fade_)) /
               static_cast<float>(fade_frames_);
      }
      for (int c = 0; c < num_channels_; ++c) {
        out[c][done + i] = gain * frame[c];
        if (gain < 1.0f) out[c][done + i] += (1.0f - gain) * dying_frame_[c];
      }
    }
    done += count;
  }
  for (int c = 0; c < num_channels_; ++c) last_frame_[c] = out[c][n - 1];
}

// Lets the last frame die away; after it, the delay is set anew.
int64_t ClockBridge::Silence(std::span<float* const> out, int n) noexcept {
  counters_->frames_inserted.Add(n);
  for (int c = 0; c < num_channels_; ++c) {
    float value = last_frame_[c];
    const float step = value / static_cast<float>(fade_frames_);
    for (int i = 0; i < n; ++i) {
      value = i < fade_frames_ - 1 ? value - step : 0.0f;
      out[c][i] = value;
    }
    last_frame_[c] = value;
  }
  is_running_ = false;
  // What waits meanwhile must not grow old, nor leave no room for the new.
  Skip(ring_.fill() / num_channels_ - static_cast<int>(target_));
  return -1;
}

void ClockBridge::Skip(int n) noexcept {
  if (n <= 0) return;
  const int skipped = ring_.Skip(n * num_channels_) / num_channels_;
  counters_->frames_skipped.Add(skipped);
  read_ += skipped;
}

RingStatus ClockBridge::status() const {
  RingStatus status;
  status.capacity_frames = ring_.capacity() / num_channels_;
  status.fill_frames = ring_.fill() / num_channels_;
  status.ratio_ppm = 1e6 * (ratio_.load(std::memory_order_relaxed) - 1.0);
  status.error_ms = 1e3 * error_s_.load(std::memory_order_relaxed);
  return status;
}

}  // namespace tacet
