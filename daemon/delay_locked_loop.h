// SPDX-License-Identifier: Apache-2.0
// A device's clock, from the times of its callbacks.
#ifndef TACET_DAEMON_DELAY_LOCKED_LOOP_H_
#define TACET_DAEMON_DELAY_LOCKED_LOOP_H_

#include <cstdint>

#include "dsp/realtime.h"

namespace tacet {

// Filters jitter out of callback times: a second-order loop that predicts the
// next time from the number of frames and corrects its time t and its seconds
// per frame s by the error e = now - (t + n s):
//
//   t <- t + n s + a e      s <- s + b e / n
//   a = max(sqrt(2) w, 2 (2k - 1) / (k (k + 1)))     w = 2 pi kBandwidthHz n s
//   b = max(w^2,       6 / (k (k + 1)))              k: callbacks so far
//
// At first it is the least-squares line through all callbacks (the gains of an
// expanding-memory filter), later a loop of fixed bandwidth.
//   Source: F. Adriaensen, "Using a DLL to filter time", LAC 2005. Differs: the
//   gains of the start, which lock in seconds instead of a minute.
//   State: t, s, k.
class DelayLockedLoop {
 public:
  static constexpr double kBandwidthHz = 0.05;
  // An error beyond this many seconds and two callbacks, this often in a row,
  // is a jump of the clock (frames were lost), not jitter.
  static constexpr double kJumpSeconds = 0.02;
  static constexpr int kJumpCallbacks = 8;

  explicit DelayLockedLoop(int nominal_rate_hz);

  // A callback at now_ns, n > 0 frames after the one before.
  // Realtime-safe: yes.
  void Update(int64_t now_ns, int n) noexcept TACET_REALTIME;

  // Starts the time anew at the next callback but keeps the rate found.
  // Realtime-safe: yes.
  void Relock() noexcept TACET_REALTIME { num_since_lock_ = 0; }

  // Filtered time of the last callback, in seconds of now_ns.
  double time_s() const noexcept TACET_REALTIME { return time_s_; }
  double seconds_per_frame() const noexcept TACET_REALTIME {
    return seconds_per_frame_;
  }
  bool has_time() const noexcept TACET_REALTIME { return num_since_lock_ > 0; }

 private:
  double time_s_ = 0.0;
  double seconds_per_frame_;
  int64_t num_callbacks_ = 0;   // of the rate, k of b
  int64_t num_since_lock_ = 0;  // of the time, k of a
  int num_far_ = 0;             // errors in a row that look like a jump
  double mean_n_ = 0.0;         // of the callbacks, lately
};

}  // namespace tacet

#endif  // TACET_DAEMON_DELAY_LOCKED_LOOP_H_
