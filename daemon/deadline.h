// SPDX-License-Identifier: Apache-2.0
// When a callback has taken too long.
#ifndef TACET_DAEMON_DEADLINE_H_
#define TACET_DAEMON_DEADLINE_H_

#include <algorithm>
#include <cstdint>

#include "daemon/audio_backend.h"
#include "daemon/clock_bridge.h"
#include "dsp/realtime.h"

namespace tacet {

// The deadline of a callback for n frames that begins at s and ends at e:
//   one clock    e - s <= n / f            the graph waits for it
//   two clocks   e - s + b <= (P + m - min(n, P)) / f
// with f the rate, P the capture period, m ClockBridge::kMarginMs: the bridge
// plays what came P + m before, so that of what it holds P + m - n is left when
// n frames have come, which it gets when all of them are done. What more frames
// than P say is that the server was late, which is no fault of ours. b is by
// how much the callbacks before were slower than the sound, so that neither a
// small piece that holds a hop counts, nor does work without end go unseen
// because it comes in small pieces:
//   b' = max(0, b + (e - s) - n / f - (s' - e)),  0 after a miss
//   Thread: the capture thread.
class Deadline {
 public:
  Deadline() = default;
  Deadline(const AudioFormat& capture, ClockDomain clocks)
      : rate_hz_(capture.sample_rate_hz),
        period_frames_(clocks == ClockDomain::kTwo ? capture.period_frames
                                                   : 0) {}

  // Of each callback in turn.  Realtime-safe: yes.
  bool IsMissed(int64_t start_ns, int64_t end_ns,
                int n) noexcept TACET_REALTIME {
    const int64_t took_ns = end_ns - start_ns;
    if (period_frames_ == 0) return took_ns > Ns(n);
    behind_ns_ = std::max<int64_t>(0, behind_ns_ - (start_ns - end_ns_));
    end_ns_ = end_ns;
    const int64_t ahead_ns =
        kMarginNs + Ns(period_frames_ - std::min(n, period_frames_));
    const bool is_missed = behind_ns_ + took_ns > ahead_ns;
    behind_ns_ =
        is_missed ? 0 : std::max<int64_t>(0, behind_ns_ + took_ns - Ns(n));
    return is_missed;
  }

 private:
  static constexpr auto kMarginNs =
      static_cast<int64_t>(1e6 * ClockBridge::kMarginMs);

  int64_t Ns(int frames) const noexcept TACET_REALTIME {
    return int64_t{1'000'000'000} * frames / rate_hz_;
  }

  int rate_hz_ = 48000;
  int period_frames_ = 0;  // 0: one clock
  int64_t end_ns_ = 0;     // of the callback before
  int64_t behind_ns_ = 0;
};

}  // namespace tacet

#endif  // TACET_DAEMON_DEADLINE_H_
