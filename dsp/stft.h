// SPDX-License-Identifier: Apache-2.0
// Streaming short-time Fourier transform: analysis and overlap-add synthesis.
#ifndef TACET_DSP_STFT_H_
#define TACET_DSP_STFT_H_

#include <complex>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "dsp/fft.h"
#include "dsp/front_end.h"
#include "dsp/realtime.h"
#include "dsp/window.h"

namespace tacet {

// X_t[k] = sum_n a[n] x[(t + 1) R - N + n] exp(-2 pi j k n / N), unnormalised:
// frame t covers the last N = window_size samples up to the end of hop t, with
// R = hop_size. Samples before the first count as 0.
//   State: the last N samples; Reset() clears it.
class StftAnalysis {
 public:
  // Errors: those of MakeWindowPair.  Realtime-safe: no.
  static absl::StatusOr<std::unique_ptr<StftAnalysis>> Create(
      const FrontEnd& front_end);

  // Takes the next hop and gives the spectrum of the frame that it completes.
  //   hop [hop_size]  spectrum [num_bins]
  // Thread: one at a time.  Realtime-safe: yes.
  void Push(std::span<const float> hop,
            std::span<std::complex<float>> spectrum) noexcept TACET_REALTIME;

  // Forgets all input.  Thread: as Push.  Realtime-safe: yes.
  void Reset() noexcept TACET_REALTIME;

  const FrontEnd& front_end() const { return front_end_; }
  // sum_n a[n]: divides magnitudes so that both rates agree.
  float window_sum() const { return analysis_sum_; }

 private:
  StftAnalysis(const FrontEnd& front_end, WindowPair windows,
               std::unique_ptr<RealFft> fft);

  const FrontEnd front_end_;
  const std::vector<float> window_;  // [window_size]
  const float analysis_sum_;
  std::unique_ptr<RealFft> fft_;
  std::vector<float> history_;  // [window_size], oldest sample first
  std::vector<float> frame_;    // [window_size], history times window
};

// y = sum_t s[n] IFFT(X_t)[n], overlapped at hop R. A sample is finished when
// the last frame whose synthesis window reaches it has been added; the part of
// a frame before its last latency_samples is neither needed nor kept.
//   Latency: after the frame that ends at input sample (t + 1) R, the hop given
//   out is samples (t + 1) R - latency .. (t + 2) R - latency - 1 of the input.
//   State: latency_samples of unfinished output; Reset() clears it.
class StftSynthesis {
 public:
  // Errors: those of MakeWindowPair.  Realtime-safe: no.
  static absl::StatusOr<std::unique_ptr<StftSynthesis>> Create(
      const FrontEnd& front_end);

  // Adds the next frame and gives the hop that it finishes.
  //   spectrum [num_bins]  hop [hop_size]
  // Thread: one at a time.  Realtime-safe: yes.
  void Push(std::span<const std::complex<float>> spectrum,
            std::span<float> hop) noexcept TACET_REALTIME;

  // Forgets all frames.  Thread: as Push.  Realtime-safe: yes.
  void Reset() noexcept TACET_REALTIME;

  const FrontEnd& front_end() const { return front_end_; }

 private:
  StftSynthesis(const FrontEnd& front_end, WindowPair windows,
                std::unique_ptr<RealFft> fft);

  const FrontEnd front_end_;
  const std::vector<float> window_;  // [latency_samples], end of the window
  std::unique_ptr<RealFft> fft_;
  std::vector<float> frame_;    // [window_size]
  std::vector<float> overlap_;  // [latency_samples], oldest sample first
};

}  // namespace tacet

#endif  // TACET_DSP_STFT_H_
