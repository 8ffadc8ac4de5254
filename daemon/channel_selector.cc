// SPDX-License-Identifier: Apache-2.0
#include "daemon/channel_selector.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numbers>

namespace tacet {
namespace {

// Mean squares below -100 dB of full scale are no sound.
constexpr float kNoSound = 1e-10f;

}  // namespace

ChannelSelector::ChannelSelector(int num_channels, int sample_rate_hz)
    : sample_rate_hz_(sample_rate_hz),
      high_pass_(static_cast<float>(
          std::exp(-2.0 * std::numbers::pi * kHighPassHz / sample_rate_hz))),
      fade_frames_(static_cast<int>(kFadeSeconds * sample_rate_hz)),
      channels_(num_channels) {
  assert(num_channels >= 1);
}

void ChannelSelector::Process(std::span<const float* const> in, float* out,
                              int num_frames) noexcept {
  assert(in.size() == channels_.size());
  std::array<float, kBlock> mixed;
  for (int done = 0; done < num_frames;) {
    const int n = std::min(kBlock, num_frames - done);
    for (size_t c = 0; c < channels_.size(); ++c) {
      Listen(channels_[c], in[c] + done, n);
    }
    Decide(n);
    const float* present = in[selected_] + done;
    const float* former = in[former_] + done;
    for (int i = 0; i < n; ++i) {
      float y = present[i];
      if (fade_left_ > 0) {
        const float share =
            static_cast<float>(fade_left_--) / static_cast<float>(fade_frames_);
        y += share * (former[i] - y);
      }
      mixed[i] = y;
    }
    // Last, since out may be one of in.
    std::copy_n(mixed.begin(), n, out + done);
    done += n;
  }
}

void ChannelSelector::Listen(Channel& channel, const float* x, int n) noexcept {
  float sum = 0.0f;
  for (int i = 0; i < n; ++i) {
    const float input = std::isfinite(x[i]) ? x[i] : 0.0f;
    channel.last_output =
        input - channel.last_input + high_pass_ * channel.last_output;
    channel.last_input = input;
    sum += channel.last_output * channel.last_output;
  }
  const float seconds = static_cast<float>(n) / sample_rate_hz_;
  if (channel.num_blocks < kStartBlocks) ++channel.num_blocks;
  const float share =
      std::max(1.0f - std::exp(-seconds / static_cast<float>(kSmoothSeconds)),
               1.0f / static_cast<float>(channel.num_blocks));
  channel.energy += share * (sum / static_cast<float>(n) - channel.energy);
  const float rise =
      std::pow(10.0f, static_cast<float>(kFloorRiseDb) * seconds / 10.0f);
  channel.floor =
      std::min(std::max(channel.floor, kNoSound) * rise, channel.energy);
  channel.score +=
      (1.0f - std::exp(-seconds / static_cast<float>(kScoreSeconds))) *
      (channel.energy - channel.floor - channel.score);
}

void ChannelSelector::Decide(int n) noexcept {
  const Channel& present = channels_[selected_];
  int best = selected_;
  int loudest = selected_;
  for (size_t c = 0; c < channels_.size(); ++c) {
    const int index = static_cast<int>(c);
    if (channels_[c].score > channels_[best].score) best = index;
    if (channels_[c].energy > channels_[loudest].energy) loudest = index;
  }
  const bool is_dead = channels_[loudest].energy >
                       kDeadRatio * std::max(present.energy, kNoSound);
  dead_frames_ = is_dead ? dead_frames_ + n : 0;
  const bool is_better =
      channels_[best].score > kRatio * present.score + kNoSound;
  candidate_frames_ =
      is_better && best == candidate_ ? candidate_frames_ + n : 0;
  candidate_ = best;

  int next = selected_;
  if (candidate_frames_ > kHoldSeconds * sample_rate_hz_) next = best;
  if (dead_frames_ > kDeadHoldSeconds * sample_rate_hz_) next = loudest;
  if (next == selected_ || fade_left_ > 0) return;
  former_ = selected_;
  selected_ = next;
  fade_left_ = fade_frames_;
  candidate_frames_ = 0;
  dead_frames_ = 0;
}

void ChannelSelector::Reset() noexcept {
  std::fill(channels_.begin(), channels_.end(), Channel());
  selected_ = former_ = candidate_ = 0;
  fade_left_ = candidate_frames_ = dead_frames_ = 0;
}

}  // namespace tacet
