// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_PORTAUDIO_GAP_DETECTOR_H_
#define TACET_DAEMON_PORTAUDIO_GAP_DETECTOR_H_

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "dsp/realtime.h"

namespace tacet {

// Tells lost frames from the time of the callbacks, since the flags of
// PortAudio are not to be relied upon: the frames that the clock says are due
// less those that came, above what that was lately. The mean follows within
// seconds, so that a device whose clock is off loses nothing.
class PortAudioGapDetector {
 public:
  static constexpr double kThresholdMs = 60.0;  // callbacks come in bursts
  static constexpr double kMeanSeconds = 4.0;

  void Reset(int sample_rate_hz) noexcept {
    rate_hz_ = sample_rate_hz;
    is_started_ = false;
  }

  // n frames at now_ns. Returns the frames lost since the last call.
  // Realtime-safe: yes.
  int64_t Update(int n, int64_t now_ns) noexcept TACET_REALTIME {
    if (!is_started_) {
      is_started_ = true;
      start_ns_ = last_ns_ = now_ns;
      num_frames_ = 0;
      mean_ = 0.0;
      return 0;
    }
    const double seconds = static_cast<double>(now_ns - last_ns_) * 1e-9;
    last_ns_ = now_ns;
    num_frames_ += n;
    const double due = static_cast<double>(now_ns - start_ns_) * 1e-9 *
                           rate_hz_ - static_cast<double>(num_frames_);
    const double excess = due - mean_;
    if (excess > kThresholdMs * 1e-3 * rate_hz_) {
      mean_ = due;
      return std::llround(excess);
    }
    mean_ += excess * std::min(1.0, seconds / kMeanSeconds);
    return 0;
  }

 private:
  double rate_hz_ = 48000.0;
  bool is_started_ = false;
  int64_t start_ns_ = 0, last_ns_ = 0, num_frames_ = 0;
  double mean_ = 0.0;
};

}  // namespace tacet

#endif  // TACET_DAEMON_PORTAUDIO_GAP_DETECTOR_H_
