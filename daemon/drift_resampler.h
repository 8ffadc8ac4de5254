// SPDX-License-Identifier: Apache-2.0
// Resampling by a ratio near 1 that varies.
#ifndef TACET_DAEMON_DRIFT_RESAMPLER_H_
#define TACET_DAEMON_DRIFT_RESAMPLER_H_

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/realtime.h"

namespace tacet {

// y[j] = sum_i h(i - p_j) x[i],   p_{j+1} = p_j + ratio
// with h a Kaiser-windowed sinc of kTaps samples at full bandwidth (the ratio
// is so near 1 that aliasing is confined to the last 0.15 % below Nyquist),
// tabulated at kPhases points a sample and interpolated linearly between them.
//   Quality: flat within 0.1 dB to 0.8 of the Nyquist frequency, errors below
//   -80 dB there. Ratio 1 from a whole position is an exact delay.
//   Latency: kDelay samples.  State: kTaps samples a channel, the position.
class DriftResampler {
 public:
  static constexpr int kTaps = 32;
  static constexpr int kDelay = kTaps / 2;
  static constexpr int kPhases = 256;

  // num_channels >= 1; samples are interleaved.  Realtime-safe: no.
  explicit DriftResampler(int num_channels);

  // Input frames that the next num_frames of output take.
  // Realtime-safe: yes.
  int FramesNeeded(int num_frames) const noexcept TACET_REALTIME;

  // Gives out.size() / num_channels frames from exactly
  // FramesNeeded(that) frames of in.  Realtime-safe: yes.
  void Process(std::span<const float> in,
               std::span<float> out) noexcept TACET_REALTIME;

  // Input frames a frame of output, 1 +- kMaxDeviation (clamped).
  // Realtime-safe: yes.
  static constexpr double kMaxDeviation = 1500e-6;
  void SetRatio(double ratio) noexcept TACET_REALTIME;
  double ratio() const noexcept TACET_REALTIME;

  // Position between input samples, 0..1.
  double phase() const noexcept TACET_REALTIME;

  // Forgets the samples and the position, not the ratio.  Realtime-safe: yes.
  void Reset() noexcept TACET_REALTIME;

 private:
  // Frames of output at once.
  static constexpr int kChunk = 64;
  static constexpr int kChunkTakes =
      kChunk + 1 + static_cast<int>(kChunk * kMaxDeviation + 1.0);
  static constexpr int kChannelSize = kTaps + kChunkTakes;

  void Append(const float* frames, int num_frames) noexcept TACET_REALTIME;
  void Interpolate(int at, float* frame) const noexcept TACET_REALTIME;

  const int num_channels_;
  uint64_t step_;       // input frames an output frame, 32.32 fixed point
  uint64_t phase_ = 0;  // 0..2^32 - 1
  // [kPhases + 1][kTaps]
  std::vector<float> table_;
  // Of each channel the kTaps samples before a chunk, then those that it takes:
  // [num_channels][kChannelSize].
  std::vector<float> samples_;
};

}  // namespace tacet

#endif  // TACET_DAEMON_DRIFT_RESAMPLER_H_
