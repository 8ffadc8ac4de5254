// SPDX-License-Identifier: Apache-2.0
#include "dsp/window.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include "absl/status/status.h"

namespace tacet {
namespace {

using std::numbers::pi;

// The equations are evaluated in double and rounded once.

void FillSqrtHann(WindowPair& pair) {
  const int size = static_cast<int>(pair.analysis.size());
  for (int n = 0; n < size; ++n) {
    const double a = std::sin(pi * n / size);
    pair.analysis[n] = static_cast<float>(a);
    pair.synthesis[n] = static_cast<float>(a / 2.0);
  }
}

void FillBoxcar(WindowPair& pair) {
  for (float& a : pair.analysis) a = 1.0f;
  for (float& s : pair.synthesis) s = 0.25f;
}

void FillLowLatency(WindowPair& pair, int hop_size) {
  const int size = static_cast<int>(pair.analysis.size());
  const int peak = size - hop_size;       // N - M, where both parts are 1
  const int start = size - 2 * hop_size;  // N - 2M, where synthesis begins
  for (int n = 0; n < size; ++n) {
    // Root of the Hann window over the last 2M samples.
    const double root = std::sin(pi * (n - start) / (2.0 * hop_size));
    const double a = n < peak ? std::sin(pi * n / (2.0 * peak)) : root;
    pair.analysis[n] = static_cast<float>(a);
    if (n < start) {
      pair.synthesis[n] = 0.0f;
    } else if (n < peak) {
      pair.synthesis[n] = static_cast<float>(root * root / a);
    } else {
      pair.synthesis[n] = static_cast<float>(root);
    }
  }
}

}  // namespace

absl::StatusOr<WindowPair> MakeWindowPair(const FrontEnd& front_end) {
  const absl::StatusOr<FrontEnd> expected =
      FrontEnd::Create(front_end.window, front_end.sample_rate_hz);
  if (!expected.ok()) return expected.status();
  if (*expected != front_end) {
    return absl::InvalidArgumentError(
        "window: the front end's sizes are not those of its kind and rate");
  }
  WindowPair pair;
  pair.analysis.resize(front_end.window_size);
  pair.synthesis.resize(front_end.window_size);
  switch (front_end.window) {
    case WindowKind::kSqrtHann:
      FillSqrtHann(pair);
      break;
    case WindowKind::kBoxcar:
      FillBoxcar(pair);
      break;
    case WindowKind::kLowLatency:
      FillLowLatency(pair, front_end.hop_size);
      break;
  }
  pair.analysis_sum = static_cast<float>(
      std::accumulate(pair.analysis.begin(), pair.analysis.end(), 0.0));
  return pair;
}

}  // namespace tacet
