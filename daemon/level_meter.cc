// SPDX-License-Identifier: Apache-2.0
#include "daemon/level_meter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "daemon/status.h"

namespace tacet {
namespace {

// Sums and peaks side by side: one after the other, each sample would wait for
// the one before it.
constexpr int kLanes = 4;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));
using Bits = int32_t __attribute__((vector_size(kLanes * sizeof(int32_t))));

struct Level {
  Lanes sum = {};  // of x^2
  Lanes peak = {};

  void Add(const float* samples) noexcept {
    Bits bits;
    std::memcpy(&bits, samples, sizeof(bits));
    bits &= 0x7fffffff;  // |x|
    constexpr int32_t kInfinity = 0x7f800000;
    bits &= bits < kInfinity;  // neither infinity nor NaN
    Lanes x;
    std::memcpy(&x, &bits, sizeof(x));
    sum += x * x;
    peak = x > peak ? x : peak;
  }
};

}  // namespace

LevelMeter::LevelMeter(int sample_rate_hz)
    : window_frames_(static_cast<int>(1e-3 * kWindowMs * sample_rate_hz)) {}

void LevelMeter::Process(std::span<const float* const> channels,
                         int num_frames) noexcept {
  if (channels.empty()) return;
  const double share = 1.0 / static_cast<double>(channels.size());
  for (int done = 0; done < num_frames;) {
    const int count = std::min(num_frames - done, window_frames_ - num_frames_);
    for (const float* channel : channels) {
      Level level;
      int i = 0;
      for (; i + kLanes <= count; i += kLanes) level.Add(channel + done + i);
      if (i < count) {
        std::array<float, kLanes> rest{};
        std::copy_n(channel + done + i, count - i, rest.begin());
        level.Add(rest.data());
      }
      for (int lane = 0; lane < kLanes; ++lane) {
        sum_ += share * level.sum[lane];
        window_peak_ = std::max(window_peak_, level.peak[lane]);
      }
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
