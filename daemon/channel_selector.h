// SPDX-License-Identifier: Apache-2.0
// One channel out of a microphone with several.
#ifndef TACET_DAEMON_CHANNEL_SELECTOR_H_
#define TACET_DAEMON_CHANNEL_SELECTOR_H_

#include <span>
#include <vector>

#include "dsp/realtime.h"

namespace tacet {

// Picks the channel with the most sound above its own noise floor. Never a
// mean: the mean of an anti-phase pair is silence, that of one live and one
// dead channel is 6 dB down, and that of two distant capsules is combed.
//   E_c: energy above kHighPassHz, smoothed over kSmoothSeconds (at first, the
//   mean since the start)
//   F_c: its floor: follows E_c down at once, up by kFloorRiseDb a second
//   score: E_c - F_c smoothed over kScoreSeconds. Another channel is taken when
//   its score has been kRatio times the present one's for kHoldSeconds, or E_c
//   kDeadRatio times for kDeadHoldSeconds (then the present channel is dead),
//   crossfaded over kFadeSeconds. So equal channels, whatever their phase,
//   never alternate. Latency: none.  State: as above; Reset() returns to
//   channel 0.
class ChannelSelector {
 public:
  static constexpr double kHighPassHz = 150.0;
  static constexpr double kSmoothSeconds = 0.2;
  static constexpr double kFloorRiseDb = 10.0;
  static constexpr double kScoreSeconds = 1.0;
  static constexpr float kRatio = 4.0f;  // 6 dB
  static constexpr double kHoldSeconds = 0.3;
  static constexpr float kDeadRatio = 1e4f;  // 40 dB
  static constexpr double kDeadHoldSeconds = 0.05;
  static constexpr double kFadeSeconds = 0.02;

  // num_channels >= 1.  Realtime-safe: no.
  ChannelSelector(int num_channels, int sample_rate_hz);

  // out may be any of in.  Thread: audio.  Realtime-safe: yes.
  void Process(std::span<const float* const> in, float* out,
               int num_frames) noexcept TACET_REALTIME;

  int selected() const noexcept TACET_REALTIME { return selected_; }

  void Reset() noexcept TACET_REALTIME;

 private:
  static constexpr int kBlock = 64;  // frames between decisions
  static constexpr int kStartBlocks = 1000;

  struct Channel {
    float last_input = 0.0f;  // of the high-pass
    float last_output = 0.0f;
    float energy = 0.0f;
    int num_blocks = 0;  // heard; stops at kStartBlocks
    float floor = 1.0f;
    float score = 0.0f;
  };

  void Listen(Channel& channel, const float* x, int n) noexcept TACET_REALTIME;
  void Decide(int n) noexcept TACET_REALTIME;

  const int sample_rate_hz_;
  const float high_pass_;
  const int fade_frames_;
  std::vector<Channel> channels_;
  int selected_ = 0;
  int former_ = 0;     // faded out of
  int fade_left_ = 0;  // frames
  int candidate_ = 0;
  int candidate_frames_ = 0;
  int dead_frames_ = 0;
};

}  // namespace tacet

#endif  // TACET_DAEMON_CHANNEL_SELECTOR_H_
