// SPDX-License-Identifier: Apache-2.0
#include "daemon/loopback_probe.h"

#include <algorithm>

namespace tacet {
namespace {

constexpr float kBurstPeak = 0.25f;
constexpr int kFirstGapMs = 200;
constexpr int kLeastGapMs = 180;
constexpr int kGapSpreadMs = 41;
constexpr int kGapStep = 17;  // prime to the spread: all gaps differ

}  // namespace

float BurstSample(int burst, int i) noexcept {
  uint64_t z = (static_cast<uint64_t>(burst) << 32) + static_cast<uint64_t>(i);
  z = (z + 1) * 0x9e3779b97f4a7c15u;  // splitmix64
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return kBurstPeak * static_cast<float>(static_cast<int32_t>(z >> 32)) /
         2147483648.0f;
}

void LoopbackProbe::Configure(int rate_hz, int num_channels, int max_frames) {
  End();
  is_active_ = false;
  microphone_gain_ = 1.0f;
  rate_hz_ = rate_hz;
  max_frames_ = max_frames;
  burst_frames_ = static_cast<int>(1e-3 * kBurstMs * rate_hz);
  gain_step_ = static_cast<float>(1e3 / (kFadeMs * rate_hz));
  block_.assign(static_cast<size_t>(num_channels) * max_frames, 0.0f);
}

void LoopbackProbe::Begin() {
  num_sent_.store(0, std::memory_order_relaxed);
  is_wanted_.store(true, std::memory_order_release);
}

int LoopbackProbe::GapFrames() const noexcept {
  const int gap_ms = kLeastGapMs + burst_ * kGapStep % kGapSpreadMs;
  // Odd samples, or all bursts would meet a period of 1 ms at one place.
  return rate_hz_ / 1000 * gap_ms + burst_ * kGapStep - burst_frames_;
}

void LoopbackProbe::Note(int64_t ns) noexcept {
  sent_ns_[burst_].store(ns, std::memory_order_relaxed);
}

void LoopbackProbe::Process(std::span<const float*> in, int num_frames,
                            int64_t first_ns) noexcept {
  const bool is_wanted = is_wanted_.load(std::memory_order_acquire);
  if (!is_active_) {
    if (!is_wanted || block_.empty()) return;
    is_active_ = true;
    burst_ = 0;
    burst_place_ = 0;
    frames_to_burst_ = rate_hz_ / 1000 * kFirstGapMs;
  }
  const float step = is_wanted ? -gain_step_ : gain_step_;
  for (int i = 0; i < num_frames; ++i) {
    microphone_gain_ = std::clamp(microphone_gain_ + step, 0.0f, 1.0f);
    float sample = 0.0f;
    if (is_wanted && burst_ < kNumBursts && frames_to_burst_ == 0) {
      if (burst_place_ == 0) {
        Note(first_ns + int64_t{i} * 1'000'000'000 / rate_hz_);
      }
      sample = BurstSample(burst_, burst_place_);
      if (++burst_place_ == burst_frames_) {
        num_sent_.store(++burst_, std::memory_order_release);
        burst_place_ = 0;
        frames_to_burst_ = GapFrames();
      }
    } else if (frames_to_burst_ > 0) {
      --frames_to_burst_;
    }
    for (size_t c = 0; c < in.size(); ++c) {
      block_[c * max_frames_ + i] = microphone_gain_ * in[c][i] + sample;
    }
  }
  for (size_t c = 0; c < in.size(); ++c) in[c] = &block_[c * max_frames_];
  if (!is_wanted && microphone_gain_ == 1.0f) is_active_ = false;
}

}  // namespace tacet
