// SPDX-License-Identifier: Apache-2.0
#include "daemon/stage_timer.h"

#include <time.h>

namespace tacet {

int64_t MonotonicNs() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{1000000000} * now.tv_sec + now.tv_nsec;
}

void StageTimer::OnHop(const HopTimes& times) noexcept {
  Record(Stage::kAnalysis, times.analysis_ns);
  Record(Stage::kNetwork, times.network_ns);
  Record(Stage::kSynthesis, times.synthesis_ns);
}

LatencyReport StageTimer::Report() const {
  LatencyReport report;
  for (size_t s = 0; s < histograms_.size(); ++s) {
    report.stages[s] = histograms_[s].Snapshot();
  }
  return report;
}

void StageTimer::Reset() noexcept {
  for (Histogram& histogram : histograms_) histogram.Reset();
}

}  // namespace tacet
