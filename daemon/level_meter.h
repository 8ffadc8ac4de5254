// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_LEVEL_METER_H_
#define TACET_DAEMON_LEVEL_METER_H_

#include <atomic>
#include <span>

#include "dsp/realtime.h"

namespace tacet {

// Level of the last full window of kWindowMs:
//   rms = sqrt(mean over frames and channels of x^2)   peak = max |x|
// Samples that are not finite count as 0.
//   Thread: Process by one thread (audio), the rest by any.
class LevelMeter {
 public:
  static constexpr double kWindowMs = 100.0;

  explicit LevelMeter(int sample_rate_hz);

  // Realtime-safe: yes.
  void Process(std::span<const float* const> channels,
               int num_frames) noexcept TACET_REALTIME;

  // In dB relative to full scale, at least MeterReading::kSilenceDb.
  float rms_db() const;
  float peak_db() const;

 private:
  const int window_frames_;
  int num_frames_ = 0;  // of the window so far
  double sum_ = 0.0;    // of x^2, mean over channels
  float window_peak_ = 0.0f;
  std::atomic<float> mean_square_ = 0.0f;
  std::atomic<float> peak_ = 0.0f;
};

}  // namespace tacet

#endif  // TACET_DAEMON_LEVEL_METER_H_
