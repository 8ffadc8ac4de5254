// SPDX-License-Identifier: Apache-2.0
// The geometry of the short-time Fourier transform.
#ifndef TACET_DSP_FRONT_END_H_
#define TACET_DSP_FRONT_END_H_

#include <string_view>

#include "absl/status/statusor.h"

namespace tacet {

// Bins that the network sees: 0..8 kHz in steps of 31.25 Hz at either rate.
inline constexpr int kNumModelBins = 257;

// Shapes of the window pair; equations in dsp/window.h.
enum class WindowKind { kSqrtHann, kBoxcar, kLowLatency };

// The name in model files and on the command line: "sqrt-hann", "boxcar",
// "low-latency".  Thread: any.  Realtime-safe: yes.
std::string_view WindowKindName(WindowKind kind) noexcept;

// The inverse of WindowKindName.
// Errors: InvalidArgument for any other text, naming it.  Realtime-safe: no.
absl::StatusOr<WindowKind> ParseWindowKind(std::string_view name);

// What a network was trained for. The rate is no part of it: both rates give
// the same bins, the same hop and, scaled by 1/sum(w), the same magnitudes.
struct FrontEndId {
  WindowKind window = WindowKind::kSqrtHann;

  friend bool operator==(const FrontEndId&, const FrontEndId&) = default;
};

// One front end: 31.25 Hz bins and an 8 ms hop at 16 or 48 kHz.
struct FrontEnd {
  WindowKind window = WindowKind::kSqrtHann;
  int sample_rate_hz = 16000;
  int window_size = 512;      // samples of a frame, also the FFT size
  int hop_size = 128;         // samples
  int num_bins = 257;         // window_size / 2 + 1
  int latency_samples = 512;  // span of the synthesis window

  FrontEndId id() const { return FrontEndId{window}; }

  friend bool operator==(const FrontEnd&, const FrontEnd&) = default;

  // Errors: InvalidArgument when sample_rate_hz is neither 16000 nor 48000.
  // Thread: any.  Realtime-safe: no.
  static absl::StatusOr<FrontEnd> Create(WindowKind window, int sample_rate_hz);
};

}  // namespace tacet

#endif  // TACET_DSP_FRONT_END_H_
