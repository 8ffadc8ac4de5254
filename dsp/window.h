// SPDX-License-Identifier: Apache-2.0
// Analysis and synthesis windows that reconstruct perfectly.
#ifndef TACET_DSP_WINDOW_H_
#define TACET_DSP_WINDOW_H_

#include <vector>

#include "absl/status/statusor.h"
#include "dsp/front_end.h"

namespace tacet {

struct WindowPair {
  std::vector<float> analysis;   // a [window_size]
  std::vector<float> synthesis;  // s [window_size], holds the overlap's scale
  float analysis_sum = 0.0f;     // sum_n a[n]; features are scaled by 1/sum
};

// Windows of N samples and hop R = N/4 with, for every n,
//
//   sum_m a[n + m R] s[n + m R] = 1.
//
// kSqrtHann    a[n] = sin(pi n / N), the root of the periodic Hann window
//              s[n] = a[n] / 2
// kBoxcar      a[n] = 1, s[n] = 1/4: the mean of the frames over a sample
// kLowLatency  with M = R:
//              a[n] = sin(pi n / (2 (N - M)))           0     <= n < N - M
//                     sin(pi (n - N + 2M) / (2M))       N - M <= n < N
//              s[n] = 0                                 0     <= n < N - 2M
//                     sin^2(pi (n - N + 2M) / (2M)) / a[n]   N-2M <= n < N-M
//                     a[n]                              N - M <= n < N
//              so that a s is a Hann window over the last 2M samples, which
//              sums to 1 at hop M, and the latency is 2M.
//
// All are functions of n/N alone: the 48 kHz windows are the same continuous
// shapes, a48[3 n] = a16[n].
// Source: kSqrtHann, Griffin and Lim 1984; kBoxcar, Pierro et al. 2025 (the
// paper's front end); kLowLatency, Mauler and Martin 2007, "A low delay,
// variable resolution, perfect reconstruction spectral analysis-synthesis
// system for speech enhancement", with their zero-padding d = 0. Errors:
// InvalidArgument when the front end is not what FrontEnd::Create gives.
// Thread: any.  Realtime-safe: no.
absl::StatusOr<WindowPair> MakeWindowPair(const FrontEnd& front_end);

}  // namespace tacet

#endif  // TACET_DSP_WINDOW_H_
