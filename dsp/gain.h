// SPDX-License-Identifier: Apache-2.0
// From a mask to the gain that is applied: strength and bypass.
#ifndef TACET_DSP_GAIN_H_
#define TACET_DSP_GAIN_H_

#include <complex>
#include <limits>
#include <span>

#include "absl/status/status.h"
#include "dsp/realtime.h"

namespace tacet {

// How much the denoiser may take away: no bin loses more than
// attenuation_limit_db (>= 0; infinity: no limit).
struct Strength {
  float attenuation_limit_db = std::numeric_limits<float>::infinity();

  friend bool operator==(const Strength&, const Strength&) = default;
};

// What the command, the daemon, the library and the plugin start with; chosen
// from the curve in docs/quality.md.
inline constexpr Strength kDefaultStrength = {60.0f};

// Errors: InvalidArgument when the limit is negative or not a number.
// Thread: any.  Realtime-safe: no.
absl::Status ValidateStrength(const Strength& strength);

// g_min = 10^(-limit / 20), in [0, 1]. A limit that is negative or not a
// number counts as 0 dB: nothing is taken away.
// Thread: any.  Realtime-safe: yes.
float MinGain(const Strength& strength) noexcept TACET_REALTIME;

// Per hop, from the mask M to the gain
//
//   S = g_min + (1 - g_min) M,  then |S| >= g_min: S g_min / |S| if |S| is
//                               less, g_min if it is as good as 0
//   G = wet S + (1 - wet)       wet: the mix; 1 normally, 0 in bypass
//
// The dry part is mixed in the STFT domain and so is time-aligned. A change
// of g_min or wet is spread linearly over the hops of kRampMs; overlap-add
// crossfades inside a hop, so no change clicks and none alters the latency.
// An M that is not finite counts as 1, as a missing mask does.
//   State: g_min, wet and their ramps. One object serves all channels.
class Gain {
 public:
  static constexpr float kRampMs = 40.0f;
  static constexpr float kHopMs = 8.0f;  // of every front end
  static constexpr int kRampHops = static_cast<int>(kRampMs / kHopMs);

  // Starts settled: no ramp from a default to the given values.
  explicit Gain(Strength strength = {}, bool bypass = false) noexcept;

  // The new value is reached kRampHops calls of NextHop later; setting it
  // during a ramp starts a new ramp from where the old one is.
  // Thread: the one that calls NextHop.  Realtime-safe: yes.
  void SetStrength(Strength strength) noexcept TACET_REALTIME;
  // Share of the denoised signal in the output, 0..1; beyond, the nearer of
  // the two; 1 for what is not a number. Bypass is a mix of 0.
  void SetMix(float wet) noexcept TACET_REALTIME;
  void SetBypass(bool bypass) noexcept TACET_REALTIME {
    SetMix(bypass ? 0.0f : 1.0f);
  }

  // Advances the ramps; once a hop, before the Apply of its channels.
  // Thread: one at a time.  Realtime-safe: yes.
  void NextHop() noexcept TACET_REALTIME;

  //   mask M [any size]  gain G [the same size]; may be the same buffer.
  // Thread: as NextHop.  Realtime-safe: yes.
  void Apply(std::span<const std::complex<float>> mask,
             std::span<std::complex<float>> gain) const noexcept TACET_REALTIME;

  // Ends all ramps at their targets.  Thread: as NextHop.  Realtime-safe: yes.
  void Reset() noexcept TACET_REALTIME;

  float min_gain() const noexcept TACET_REALTIME { return min_gain_.value; }
  float wet() const noexcept TACET_REALTIME { return wet_.value; }

 private:
  struct Ramp {
    float value = 0.0f;   // in [0, 1]
    float target = 0.0f;  // in [0, 1]
    int hops_left = 0;    // 0..kRampHops

    void Start(float new_target) noexcept;
    void Step() noexcept;
    void Finish() noexcept;
  };

  Ramp min_gain_;
  Ramp wet_;
};

}  // namespace tacet

#endif  // TACET_DSP_GAIN_H_
