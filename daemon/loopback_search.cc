// SPDX-License-Identifier: Apache-2.0
#include "daemon/loopback_search.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include "daemon/loopback_probe.h"

namespace tacet {
namespace {

constexpr int64_t kMs = 1'000'000;
// A block's time may be a little early.
constexpr int64_t kEarliestNs = -5 * kMs;

// Where `burst` begins in x, if it does before `end`:
//   r(k) = Σ b[i] x[k+i] / sqrt(Σ b[i]² Σ x[k+i]²),  the first peak of r.
std::optional<size_t> FindBurst(std::span<const float> burst,
                                std::span<const float> x, size_t begin,
                                size_t end) {
  const size_t n = burst.size();
  if (x.size() < n) return std::nullopt;
  end = std::min(end, x.size() - n + 1);
  double burst_energy = 0.0;
  for (const float b : burst) burst_energy += double{b} * b;
  std::optional<size_t> best;
  double best_correlation = kLeastCorrelation;
  for (size_t k = begin; k < end; ++k) {
    // The peak is at most a burst's length after the first rise.
    if (best.has_value() && k > *best + n) break;
    float product = 0.0f;
    float energy = 0.0f;
    for (size_t i = 0; i < n; ++i) {
      product += burst[i] * x[k + i];
      energy += x[k + i] * x[k + i];
    }
    const double correlation =
        energy > 0.0f ? product / std::sqrt(burst_energy * energy) : 0.0;
    if (correlation > best_correlation) {
      best_correlation = correlation;
      best = k;
    }
  }
  return best;
}

double Median(std::vector<double> sorted) {
  const size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half]
                                : 0.5 * (sorted[half - 1] + sorted[half]);
}

}  // namespace

LoopbackReport FindBursts(std::span<const int64_t> sent_ns,
                          const LoopbackTape& tape) {
  LoopbackReport report;
  report.num_sent = static_cast<int>(sent_ns.size());
  std::vector<float> burst(
      static_cast<size_t>(1e-3 * LoopbackProbe::kBurstMs * tape.rate_hz()));
  std::vector<double> took_ms;
  for (int b = 0; b < report.num_sent; ++b) {
    for (size_t i = 0; i < burst.size(); ++i) {
      burst[i] = BurstSample(b, static_cast<int>(i));
    }
    const std::optional<size_t> place =
        FindBurst(burst, tape.samples(), tape.FrameAt(sent_ns[b] + kEarliestNs),
                  tape.FrameAt(sent_ns[b] + kLongestMs * kMs));
    if (!place.has_value()) continue;
    took_ms.push_back(static_cast<double>(tape.TimeNs(*place) - sent_ns[b]) /
                      kMs);
  }
  report.num_found = static_cast<int>(took_ms.size());
  if (took_ms.empty()) return report;
  std::sort(took_ms.begin(), took_ms.end());
  report.min_ms = took_ms.front();
  report.max_ms = took_ms.back();
  report.median_ms = Median(took_ms);
  return report;
}

}  // namespace tacet
