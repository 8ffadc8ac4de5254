// SPDX-License-Identifier: Apache-2.0
#include "model/capi/block_stream.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tacet {
namespace {

constexpr size_t kBlock = 256;  // frames
constexpr float kFullScale16 = 32768.0f;

float ToFloat(float sample) { return sample; }
float ToFloat(int16_t sample) {
  return static_cast<float>(sample) / kFullScale16;
}

void FromFloat(float value, float* sample) { *sample = value; }
void FromFloat(float value, int16_t* sample) {
  const float scaled =
      std::clamp(value * kFullScale16, -kFullScale16, kFullScale16 - 1.0f);
  *sample = static_cast<int16_t>(std::lrint(scaled));
}

}  // namespace

BlockStream::BlockStream(std::unique_ptr<Stream> stream)
    : stream_(std::move(stream)),
      planes_(static_cast<size_t>(stream_->num_channels()),
              std::vector<float>(kBlock)) {
  for (std::vector<float>& plane : planes_) {
    in_.push_back(plane.data());
    out_.push_back(plane.data());
  }
}

void BlockStream::TakeSettings() noexcept {
  stream_->SetStrength({limit_db_.load(std::memory_order_relaxed)});
  stream_->SetBypass(bypass_.load(std::memory_order_relaxed));
}

template <typename Sample>
void BlockStream::Process(Frames<const Sample> in, Frames<Sample> out,
                          size_t num_frames) noexcept {
  TakeSettings();
  for (size_t offset = 0; offset < num_frames; offset += kBlock) {
    const size_t count = std::min(kBlock, num_frames - offset);
    for (size_t c = 0; c < planes_.size(); ++c) {
      const Sample* from = in.Channel(c) + offset * in.stride;
      for (size_t i = 0; i < count; ++i) {
        planes_[c][i] = ToFloat(from[i * in.stride]);
      }
    }
    stream_->Process(in_, out_, static_cast<int>(count));
    for (size_t c = 0; c < planes_.size(); ++c) {
      Sample* to = out.Channel(c) + offset * out.stride;
      for (size_t i = 0; i < count; ++i) {
        FromFloat(planes_[c][i], &to[i * out.stride]);
      }
    }
  }
  PublishCounters();
}

template void BlockStream::Process<float>(Frames<const float>, Frames<float>,
                                          size_t) noexcept;
template void BlockStream::Process<int16_t>(Frames<const int16_t>,
                                            Frames<int16_t>, size_t) noexcept;

void BlockStream::Reset() noexcept {
  TakeSettings();
  stream_->Reset();
  PublishCounters();
}

void BlockStream::PublishCounters() noexcept {
  const StreamCounters now = stream_->counters();
  num_frames_.store(now.num_frames, std::memory_order_relaxed);
  num_hops_.store(now.num_hops, std::memory_order_relaxed);
  num_missing_masks_.store(now.num_missing_masks, std::memory_order_relaxed);
  num_non_finite_samples_.store(now.num_non_finite_samples,
                                std::memory_order_relaxed);
}

StreamCounters BlockStream::counters() const noexcept {
  StreamCounters counters;
  counters.num_frames = num_frames_.load(std::memory_order_relaxed);
  counters.num_hops = num_hops_.load(std::memory_order_relaxed);
  counters.num_missing_masks =
      num_missing_masks_.load(std::memory_order_relaxed);
  counters.num_non_finite_samples =
      num_non_finite_samples_.load(std::memory_order_relaxed);
  return counters;
}

}  // namespace tacet
