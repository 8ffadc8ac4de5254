// SPDX-License-Identifier: Apache-2.0
// A device's clock, from the times of its callbacks.
#ifndef TACET_DAEMON_DELAY_LOCKED_LOOP_H_
#define TACET_DAEMON_DELAY_LOCKED_LOOP_H_

#include <cstdint>

#include "dsp/realtime.h"

namespace tacet {

// A line, frames x(t) of a device at time t, of which callbacks tell: by the
// time t_i it had come to N_i frames at least, and to more if the callback came
// late, or told of fewer than there were. So the line is their upper edge, and
// how they are cut and how late the others come does not matter. A block is
// all callbacks of kBlockSeconds; at its end T
//
//   m = max_i N_i + (T - t_i) f                     the edge
//   e = m - (x + f D)                               D: seconds since the last
//   x <- x + f D + a e      f <- f + b e / D
//   a = max(sqrt(2) w, 2 (2k - 1) / (k (k + 1)))    w = 2 pi kBandwidthHz D
//   b = max(w^2,       6 / (k (k + 1)))             k: blocks so far
//
// a loop of second order in time, not in callbacks. At first it is the
// least-squares line through all blocks (the gains of an expanding-memory
// filter), later of a fixed bandwidth.
//   Source: F. Adriaensen, "Using a DLL to filter time", LAC 2005. Differs: the
//   edge instead of each callback; the gains of the start.
//   State: x, f, k.
class DelayLockedLoop {
 public:
  static constexpr double kBlockSeconds = 0.25;
  static constexpr double kFirstBlockSeconds = 0.1;
  static constexpr double kBandwidthHz = 0.05;
  // Blocks of which f takes notice as if they had come at the nominal rate
  // before the first, lest the jitter of two blocks makes a rate.
  static constexpr int kNominalBlocks = 2;
  // An edge beyond this many seconds is no jitter but frames that were lost: at
  // once if it is earlier than the line, since nothing comes too early; later
  // only when kLateBlocks in a row say so, which may have been held up.
  static constexpr double kJumpSeconds = 0.004;
  static constexpr int kLateBlocks = 3;
  // Without callbacks for this long it begins anew, but for the rate.
  static constexpr double kPauseSeconds = 0.5;

  explicit DelayLockedLoop(int nominal_rate_hz);

  // A callback at now_ns, n > 0 frames after the one before.
  // Realtime-safe: yes.
  void Update(int64_t now_ns, int n) noexcept TACET_REALTIME;

  // Finds the position anew but keeps the rate found; until then the old line
  // goes on.  Realtime-safe: yes.
  void Relock() noexcept TACET_REALTIME;

  // The first block is over.
  bool is_locked() const noexcept TACET_REALTIME { return is_locked_; }
  // Grows with each position that is found anew, the first too.
  int num_locks() const noexcept TACET_REALTIME { return num_locks_; }

  // By the line: frames since the start at a time in seconds of now_ns, and
  // the time at which the last callback was due.
  double FramesAt(double time_s) const noexcept TACET_REALTIME {
    return frames_ + (time_s - time_s_) * frames_per_second_;
  }
  double due_s() const noexcept TACET_REALTIME {
    return time_s_ +
           (static_cast<double>(position_) - frames_) / frames_per_second_;
  }
  double frames_per_second() const noexcept TACET_REALTIME {
    return frames_per_second_;
  }

 private:
  void Lock() noexcept TACET_REALTIME;
  void Correct() noexcept TACET_REALTIME;

  // The line: x at the time of the last block's end.
  double time_s_ = 0.0;
  double frames_ = 0.0;
  double frames_per_second_;
  bool is_locked_ = false;
  int num_locks_ = 0;
  int64_t num_position_blocks_ = 0;           // k of a
  int64_t num_rate_blocks_ = kNominalBlocks;  // k of b
  int num_late_ = 0;                          // blocks in a row

  // The block under way.
  bool is_relocking_ = true;  // it finds the position anew
  bool is_block_empty_ = true;
  double block_began_s_ = 0.0;
  double edge_ = 0.0;     // m, at last_s_
  double last_s_ = -1.0;  // the last callback; < 0: none yet
  int64_t position_ = 0;  // N
};

}  // namespace tacet

#endif  // TACET_DAEMON_DELAY_LOCKED_LOOP_H_
