// SPDX-License-Identifier: Apache-2.0
// What a whole hop's mask says about each of its bins.
#ifndef TACET_DSP_MASK_POST_FILTER_H_
#define TACET_DSP_MASK_POST_FILTER_H_

#include <complex>
#include <span>

#include "dsp/realtime.h"

namespace tacet {

// Of MaskPostFilter; with the first three 0, as here, it changes nothing.
struct MaskPostFilterParams {
  double bias = 0;      // in -5..5
  double gain = 0;      // exponent of g, in -2..2
  double held = 0;      // exponent of s, in -2..2
  double hold_s = 0.1;  // time constant of s, in 0.001..60 s

  friend bool operator==(const MaskPostFilterParams&,
                         const MaskPostFilterParams&) = default;
};

// A network that learns one bin at a time leaves a hop with little speech too
// little of it. So the odds of all of a hop's bins are multiplied by c, from
// the gain g that the mask is for the hop as a whole, and from what that was
// lately:
//
//   g(t) = sqrt(sum_k |M_k|^2 |X_k|^2 / sum_k |X_k|^2)
//   s(t) = max(g(t), r s(t-1)),  r = exp(-hop / hold_s),  s = 0 at first
//   c    = e^bias max(g, e)^gain max(s, e)^held,  e = kLeastGain
//   M_k <- M_k c / (1 + (c - 1) |M_k|)
//
// With gain < 0 < held a weak sound amid speech gains, and a pause does not.
// |M_k| in 0..1 stays there, and 0 and 1 stay what they are. Where g is not
// finite (a mask that is not a number, a spectrum of zeros) the hop is left as
// it is. How it was found, and the values that ship: training/experiments.md.
//   State: s; Reset() clears it. One object a channel (or one for linked
//   channels, with any one spectrum of theirs).
class MaskPostFilter {
 public:
  static constexpr float kLeastGain = 0.005f;

  MaskPostFilter() noexcept : MaskPostFilter(MaskPostFilterParams()) {}
  explicit MaskPostFilter(const MaskPostFilterParams& params) noexcept;

  // Apply to each hop that the network was shown.
  //   spectrum X [>= mask.size()] noisy, at any constant scale near 1
  //   mask M [any size]  |M_k| in 0..1
  // Thread: one at a time.  Realtime-safe: yes.
  void Apply(std::span<const std::complex<float>> spectrum,
             std::span<std::complex<float>> mask) noexcept TACET_REALTIME;

  // Thread: as Apply.  Realtime-safe: yes.
  void Reset() noexcept TACET_REALTIME { held_gain_ = 0.0f; }

 private:
  MaskPostFilterParams params_;
  bool is_on_;
  float decay_;             // r in [0, 1)
  float held_gain_ = 0.0f;  // s in [0, 1], but for rounding
};

}  // namespace tacet

#endif  // TACET_DSP_MASK_POST_FILTER_H_
