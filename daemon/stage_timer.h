// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_STAGE_TIMER_H_
#define TACET_DAEMON_STAGE_TIMER_H_

#include <array>
#include <cstdint>

#include "daemon/histogram.h"
#include "daemon/status.h"
#include "dsp/realtime.h"
#include "model/hop_observer.h"

namespace tacet {

// CLOCK_MONOTONIC through the vDSO: no system call.  Realtime-safe: yes.
int64_t MonotonicNs() noexcept TACET_REALTIME;

// The histograms of all stages; observes the engine's hops.
//   Thread: each stage by one thread (kQueueing: playback, others: capture).
class StageTimer final : public HopObserver {
 public:
  using Clock = int64_t (*)() noexcept;

  explicit StageTimer(Clock clock) : clock_(clock) {}

  int64_t NowNs() noexcept TACET_REALTIME override { return clock_(); }
  void OnHop(const HopTimes& times) noexcept TACET_REALTIME override;
  void Record(Stage stage, int64_t duration_ns) noexcept TACET_REALTIME {
    histograms_[static_cast<size_t>(stage)].Record(duration_ns);
  }

  // Thread: any.
  LatencyReport Report() const;
  void Reset() noexcept TACET_REALTIME;

 private:
  const Clock clock_;
  std::array<Histogram, kNumStages> histograms_;
};

}  // namespace tacet

#endif  // TACET_DAEMON_STAGE_TIMER_H_
