// SPDX-License-Identifier: Apache-2.0
#include "daemon/clock_bridge.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace tacet {
namespace {

// Time constants of the delay's control, in seconds.
constexpr double kAcquireTau = 0.5;
constexpr double kSteadyTau = 10.0;

int FramesOf(double ms, int sample_rate_hz) {
  return static_cast<int>(std::lround(1e-3 * ms * sample_rate_hz));
}

}  // namespace

ClockBridge::ClockBridge(const ClockBridgeParams& params,
                         PathCounters* counters)
    : num_channels_(params.num_channels),
      sample_rate_hz_(params.sample_rate_hz),
      target_(params.capture_period + params.playback_period -
              params.playback_jitter +
              FramesOf(kMarginMs, params.sample_rate_hz)),
      fade_frames_(FramesOf(kFadeMs, params.sample_rate_hz)),
      counters_(counters),
      ring_((params.capture_period + params.playback_period +
             FramesOf(kRingMs, params.sample_rate_hz)) *
            params.num_channels),
      capture_clock_(params.sample_rate_hz),
      interleaved_(static_cast<size_t>(kBlock) * params.num_channels),
      playback_clock_(params.sample_rate_hz),
      resampler_(params.num_channels),
      taken_(static_cast<size_t>(kBlock + 2) * params.num_channels),
      given_(static_cast<size_t>(kBlock) * params.num_channels),
      last_frame_(params.num_channels) {}

void ClockBridge::Capture(std::span<const float* const> in, int n) noexcept {
  assert(static_cast<int>(in.size()) == num_channels_);
  for (int done = 0; done < n;) {
    const int count = std::min(kBlock, n - done);
    for (int c = 0; c < num_channels_; ++c) {
      for (int i = 0; i < count; ++i) {
        interleaved_[i * num_channels_ + c] = in[c][done + i];
      }
    }
    if (ring_.Write(std::span(interleaved_).first(count * num_channels_))) {
      written_ += count;
    } else {
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
  position_.Write({.time_s = capture_clock_.time_s(),
                   .seconds_per_frame = capture_clock_.seconds_per_frame(),
                   .written = written_});
}

int64_t ClockBridge::Playback(std::span<float* const> out, int n,
                              int64_t now_ns) noexcept {
  assert(static_cast<int>(out.size()) == num_channels_);
  if (n <= 0) return -1;
  if (playback_xrun_.exchange(false, std::memory_order_relaxed)) {
    playback_clock_.Relock();
    acquire_until_s_ = playback_clock_.time_s() + kAcquireSeconds;
  }
  playback_clock_.Update(now_ns, std::max(last_n_, 1));
  const double elapsed_s = last_n_ * playback_clock_.seconds_per_frame();
  last_n_ = n;

  const CapturePosition& capture = position_.Read();
  if (capture.seconds_per_frame == 0.0) return Silence(out, n);
  const int64_t refused = counters_->frames_refused.value();
  if (refused != refused_seen_) {
    // The ring ran over: whatever its delay was, it is set anew.
    refused_seen_ = refused;
    if (is_running_) return Silence(out, n);
  }
  double delay =
      static_cast<double>(capture.written - read_) +
      (playback_clock_.time_s() - capture.time_s) / capture.seconds_per_frame;
  if (!is_running_) {
    if (!Start(delay, n)) return Silence(out, n);
    delay = std::min(delay, target_);
  }
  SteerRatio(delay, capture, elapsed_s);
  if (ring_.fill() < resampler_.FramesNeeded(n) * num_channels_) {
    return Silence(out, n);
  }
  Give(out, n);
  return static_cast<int64_t>(1e9 * delay * capture.seconds_per_frame);
}

// Cuts the delay to D*; false while it is less.
bool ClockBridge::Start(double delay, int n) noexcept {
  if (delay < target_) return false;
  // One frame more than ratio 1 takes, for a ratio above it.
  const int spare = ring_.fill() / num_channels_ - (n + n / 256 + 2);
  if (spare < 0) return false;
  const int skipped =
      ring_.Skip(std::min(spare, static_cast<int>(delay - target_)) *
                 num_channels_) /
      num_channels_;
  counters_->frames_skipped.Add(skipped);
  read_ += skipped;
  resampler_.Reset();
  is_running_ = true;
  fade_ = 0;
  acquire_until_s_ = playback_clock_.time_s() + kAcquireSeconds;
  return true;
}

void ClockBridge::SteerRatio(double delay, const CapturePosition& capture,
                             double elapsed_s) noexcept {
  const double error_s = (delay - target_) * capture.seconds_per_frame;
  const bool acquires = playback_clock_.time_s() < acquire_until_s_;
  const double tau = acquires ? kAcquireTau : kSteadyTau;
  const double wanted = playback_clock_.seconds_per_frame() /
                        capture.seconds_per_frame * (1.0 + error_s / tau);
  const double now = resampler_.ratio();
  const double step = kMaxSlew * elapsed_s;
  resampler_.SetRatio(acquires ? wanted
                               : now + std::clamp(wanted - now, -step, step));
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
        gain = static_cast<float>(++fade_) / static_cast<float>(fade_frames_);
      }
      for (int c = 0; c < num_channels_; ++c) {
        out[c][done + i] = gain * frame[c];
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
  return -1;
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
