// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FEATURE_H_
#define TACET_MODEL_FEATURE_H_

#include <array>
#include <complex>
#include <span>

#include "dsp/realtime.h"
#include "model/metadata.h"

namespace tacet {

// Turns one channel's spectra into network features, hop by hop, with
// m_k = |X_k| / Σ w, K bins and t the hop since Reset:
//   magnitude:         f_k = m_k − offset
//   level-normalised:  c_k = m_k^p            e_t = (1/K)·Σ_k c_k
//                      u_t = λ u_{t−1} + (1 − λ) e_t,  u_{−1} = 0
//                      f_k = c_k / max(u_t / (1 − λ^{t+1}), floor)
// with λ = exp(−8 ms / time). The division by 1 − λ^{t+1} corrects the
// start, so that a gain cancels from the first hop on.
//   level-normalised-phase: these, and for the bins k below kNumPhaseBins
//                      z_k = X_{t,k} conj(X_{t-1,k})          the turn
//                      g_k = min(f_k, 3) (-j)^k z_k / |z_k|   (0 for z_k = 0
//                      and where |z_k|^2 overflows)
//                      f_{K+k} = Re g_k     f_{K+kNumPhaseBins+k} = Im g_k
// (-j)^k undoes the turn of a sinusoid in the middle of bin k over a hop, a
// quarter of the window; what is left tells where in the bin a partial lies,
// and whether there is one.
//   level-normalised-phase-floor: these, and what every bin has above its slow
//   floor n, with r = 8 ms / kFloorUpSeconds where c_k is above it, else
//   8 ms / kFloorDownSeconds:
//                      n_k = n_k + r (c_k - n_k),  at first c_k
//                      f_{K+2 kNumPhaseBins+k} =
//                          min(c_k / max(n_k, kFloorLeast), kFloorMost)
// A hop with e_t < floor / 2 is silent (digital zero, or no more than the
// dither of 16 bits): it says nothing about the level that returns after it,
// so it changes no state, and t counts only the others.
// Magnitudes are limited to kMaxMagnitude and a NaN counts as 0, so that
// features are always finite.
// State: level-normalised: u and λ^{t+1}, and n; Reset() clears. Thread: audio.
class Feature {
 public:
  // 60 dB above full scale.
  static constexpr float kMaxMagnitude = 1000.0f;
  // Of the slow floor; training/experiments.md, "The floor again". No other
  // values were tried.
  static constexpr float kFloorUpSeconds = 2.0f;
  static constexpr float kFloorDownSeconds = 0.15f;
  static constexpr float kFloorLeast = 0.003f;
  static constexpr float kFloorMost = 8.0f;

  explicit Feature(const FeatureParams& params);

  // magnitude [kNumModelBins], features [num_features()]; they may begin at the
  // same memory. turn z [kNumPhaseBins] at any scale, empty where the kind has
  // no phase.  Returns false for a silent hop, whose features are 0.
  // Realtime-safe: yes.
  bool Compute(std::span<const float> magnitude, std::span<float> features,
               std::span<const std::complex<float>> turn = {}) noexcept
      TACET_REALTIME;

  void Reset() noexcept TACET_REALTIME;

  int num_features() const { return params_.num_features(); }

 private:
  FeatureParams params_;
  double lambda_;
  double u_ = 0.0;                                 // ≥ 0
  double lambda_power_ = 1.0;                      // λ^{t+1}, in 0..1
  std::array<float, kNumModelBins> slow_floor_{};  // n_k ≥ 0
};

}  // namespace tacet

#endif  // TACET_MODEL_FEATURE_H_
