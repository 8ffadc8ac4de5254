// SPDX-License-Identifier: Apache-2.0
#include "daemon/level_meter.h"

#include <algorithm>
#include <cmath>

#include "daemon/status.h"

namespace tacet {

LevelMeter::LevelMeter(int sample_rate_hz)
    : window_frames_(static_cast<int>(1e-3 * kWindowMs * sample_rate_hz)) {}

void LevelMeter::Process(std::span<const float* const> channels,
                         int num_frames) noexcept {
  if (channels.empty()) return;
  const double share = 1.0 / static_cast<double>(channels.size());
  for (int done = 0; done < num_frames;) {
    const int count = std::min(num_frames - done, window_frames_ - num_frames_);
    for (const float* channel : channels) {
      float sum = 0.0f;
      for (int i = done; i < done + count; ++i) {
        const float x = std::isfinite(channel[i]) ? channel[i] : 0.0f;
        sum += x * x;
        window_peak_ = std::max(window_peak_, std::abs(x));
      }
      sum_ += share * sum;
    }
    done += count;
    num_frames_ += count;
    if (num_frames_ < window_frames_) continue;
    mean_square_.store(static_cast<float>(sum_ / window_frames_),
                       std::memory_order_relaxed);
    peak_.store(window_peak_, std::memory_order_relaxed);
    num_frames_ = 0;
    sum_ = 0.0;
    window_peak_ = 0.0f;
  }
}

float LevelMeter::rms_db() const {
  const float mean_square = mean_square_.load(std::memory_order_relaxed);
  return std::max(10.0f * std::log10(mean_square), MeterReading::kSilenceDb);
}

float LevelMeter::peak_db() const {
  const float peak = peak_.load(std::memory_order_relaxed);
  return std::max(20.0f * std::log10(peak), MeterReading::kSilenceDb);
}

}  // namespace tacet
