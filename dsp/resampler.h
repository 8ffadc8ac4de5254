// SPDX-License-Identifier: Apache-2.0
// Fixed-ratio sample rate conversion. resampler.cc is the only file that sees
// speexdsp.
#ifndef TACET_DSP_RESAMPLER_H_
#define TACET_DSP_RESAMPLER_H_

#include <memory>
#include <span>

#include "absl/status/statusor.h"
#include "dsp/realtime.h"

struct SpeexResamplerState_;

namespace tacet {

// Converts one channel from in_hz to out_hz with a linear-phase windowed sinc.
//   y[j] = sum_i x[i] h(j in_hz / out_hz - delay - i)
// After n input samples in all, exactly ceil(n out_hz / in_hz) output samples
// have been written, however the input was cut into chunks, and their values
// do not depend on the chunks. So a conversion there and back is never short:
// it has given at least n samples after n.
//   Quality: speexdsp 5 (80 taps of the slower rate, Kaiser beta 10): flat to
//   0.85 of the lower Nyquist frequency, images and aliases below -80 dB there.
//   More would add delay (8 costs twice as much) for a band above 20 kHz at
//   44.1 kHz, which nobody hears; 4 has audible images.
//   State: the filter's memory; Reset() clears it.
class Resampler {
 public:
  static constexpr int kMinRateHz = 1000;
  static constexpr int kMaxRateHz = 768000;
  static constexpr int kMaxChunk = 1 << 20;

  // max_in: the most samples that one call of Process may bring.
  // Errors: InvalidArgument for a rate outside kMinRateHz..kMaxRateHz or
  // max_in outside 1..kMaxChunk; ResourceExhausted without memory.
  // Realtime-safe: no.
  static absl::StatusOr<std::unique_ptr<Resampler>> Create(int in_hz,
                                                           int out_hz,
                                                           int max_in);
  ~Resampler();
  Resampler(const Resampler&) = delete;
  Resampler& operator=(const Resampler&) = delete;

  // Consumes all of in and returns the number of samples written to out.
  //   in [0..max_in]  out [>= max_out()]; they must not overlap.
  // Thread: one at a time.  Realtime-safe: yes.
  int Process(std::span<const float> in,
              std::span<float> out) noexcept TACET_REALTIME;

  // The most samples that one call of Process takes, and writes.
  int max_in() const { return max_in_; }
  int max_out() const { return max_out_; }

  // Group delay of the filter in input samples, exact: output j lies at the
  // input instant j in_hz / out_hz - delay_input_samples().
  // Thread: any.  Realtime-safe: yes.
  double delay_input_samples() const noexcept;

  // Forgets all input.  Thread: as Process.  Realtime-safe: yes.
  void Reset() noexcept TACET_REALTIME;

 private:
  struct Free {
    void operator()(SpeexResamplerState_* state) const;
  };

  Resampler(SpeexResamplerState_* state, int max_in, int max_out);

  std::unique_ptr<SpeexResamplerState_, Free> state_;
  const int max_in_;
  const int max_out_;
};

}  // namespace tacet

#endif  // TACET_DSP_RESAMPLER_H_
