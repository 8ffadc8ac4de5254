// SPDX-License-Identifier: Apache-2.0
#include "daemon/monitor_tap.h"

#include <algorithm>
#include <cassert>

namespace tacet {
namespace {

template <typename Sample>
float Mean(std::span<Sample* const> channels, int i) noexcept {
  float sum = 0.0f;
  for (const auto* const channel : channels) sum += channel[i];
  return sum / static_cast<float>(channels.size());
}

}  // namespace

void MonitorTap::TakeInput(std::span<const float* const> in, int n) noexcept {
  is_taking_ = is_listening_.load(std::memory_order_acquire);
  if (!is_taking_) return;
  assert(n <= kMaxBlock && !in.empty());
  for (int i = 0; i < n; ++i) pairs_[2 * i] = Mean(in, i);
}

void MonitorTap::TakeOutput(std::span<float* const> out, int n) noexcept {
  if (!is_taking_) return;
  assert(n <= kMaxBlock && !out.empty());
  for (int i = 0; i < n; ++i) pairs_[2 * i + 1] = Mean(out, i);
  if (ring_->Write(std::span(pairs_).first(2 * n))) return;
  frames_dropped_.fetch_add(n, std::memory_order_relaxed);
}

void MonitorTap::SetListening(bool listening) {
  if (listening && ring_ == nullptr) {
    ring_ = std::make_unique<SpscRing>(2 * kCapacityFrames);
  }
  is_listening_.store(listening, std::memory_order_release);
}

void MonitorTap::Configure(const MonitorFormat& format) {
  sample_rate_hz_ = format.sample_rate_hz;
  latency_frames_ = format.latency_frames;
  ++generation_;
}

MonitorFormat MonitorTap::format() const {
  return {sample_rate_hz_.load(), latency_frames_.load()};
}

int MonitorTap::Read(std::span<float> pairs) {
  if (ring_ == nullptr) return 0;
  const int frames =
      std::min(ring_->fill(), static_cast<int>(pairs.size())) / 2;
  // Only this thread takes frames away, so as many are there.
  ring_->Read(pairs.first(2 * frames));
  return frames;
}

}  // namespace tacet
