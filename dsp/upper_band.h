// SPDX-License-Identifier: Apache-2.0
// The mask above 8 kHz, where the network sees nothing.
#ifndef TACET_DSP_UPPER_BAND_H_
#define TACET_DSP_UPPER_BAND_H_

#include <complex>
#include <span>

#include "dsp/realtime.h"

namespace tacet {

// Extends the mask of bins 0..256 (0..8 kHz) to all bins of a 48 kHz front end
// by one gain u that follows what the network does between 5.5 and 7.5 kHz:
//
//   e_in(t)  = sum_k |X_k|^2                k = kFirstBin..kLastBin
//   e_out(t) = sum_k min(|M_k|, 1)^2 |X_k|^2
//   p_*(t)   = c p_*(t-1) + (1 - c) e_*(t)  c = attack if e_out > p_out(t-1),
//                                               else release
//   u(t)     = sqrt(p_out / p_in), in [0, 1]; 1 when p_in is as good as 0
//
//   M_k = u                                 k >= 257
//   M_k = (1 - b_k) M_k + b_k u             k = 240..256, b_k = (k - 239) / 18
//
// The ratio of energies gives a stationary noise above 8 kHz the very loss that
// it has below. A word's onset has far more energy than the noise before it, so
// both p follow it at once and u goes up within that hop; the release is slow
// enough not to modulate noise. Above 7.5 kHz the anti-alias filters of 16 kHz
// training material leave the network's mask undefined, so nothing is learned
// from those bins, and they come over to u step by step.
//   Time constants: attack 6 ms, release 16 ms, tuned on the onset, release
//   and noise tests of tests/dsp/upper_band_test.cc. After a word 30 dB above
//   the noise, u is down to -20 dB in 50 dB / 4.34 dB * 16 ms = 185 ms.
//   State: p_in and p_out; Reset() clears them. One object a channel (or one
//   for linked channels, with any one spectrum of theirs).
class UpperBand {
 public:
  static constexpr int kFirstBin = 176;  // 5.5 kHz
  static constexpr int kLastBin = 240;   // 7.5 kHz
  static constexpr int kFirstBlendBin = 240;

  // Apply once a hop, before dsp/gain.
  //   spectrum X [>= kNumModelBins] noisy, at any constant scale near 1
  //   mask M [num_bins > kNumModelBins]; 0..256 given, 240.. written
  // Thread: one at a time.  Realtime-safe: yes.
  void Extend(std::span<const std::complex<float>> spectrum,
              std::span<std::complex<float>> mask) noexcept TACET_REALTIME;

  // Thread: as Extend.  Realtime-safe: yes.
  void Reset() noexcept TACET_REALTIME;

  // u of the last hop, in [0, 1]; 1 before the first.
  float gain() const noexcept TACET_REALTIME { return gain_; }

 private:
  float power_in_ = 0.0f;   // p_in >= 0
  float power_out_ = 0.0f;  // p_out in [0, p_in]
  float gain_ = 1.0f;       // u in [0, 1]
};

}  // namespace tacet

#endif  // TACET_DSP_UPPER_BAND_H_
