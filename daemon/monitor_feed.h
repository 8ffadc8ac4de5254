// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_MONITOR_FEED_H_
#define TACET_DAEMON_MONITOR_FEED_H_

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/monitor_tap.h"

namespace tacet {

// Frames for one listener: numbers first_frame .. first_frame + num_frames - 1.
struct MonitorFrames {
  MonitorFormat format;
  int64_t first_frame = 0;  // more than expected: the listener was too slow
  int num_frames = 0;
  int64_t frames_dropped = 0;  // before they had numbers, in all
  // Signed 16-bit samples, little-endian, num_frames each.
  std::string input, output;
};

// Hands the frames of one tap to any number of listeners. The newest
// kHistoryFrames are kept, while somebody listens; who is further behind
// misses some. The tap is on as long as there is a listener.
// Thread: control.
class MonitorFeed {
 public:
  static constexpr int kHistoryFrames = 1 << 16;

  explicit MonitorFeed(MonitorTap* tap) : tap_(tap) {}

  // Listens while it lives; it must go before the feed.
  class Listener {
   public:
    explicit Listener(MonitorFeed* feed);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // What is new to this listener; num_frames is 0 when nothing is.
    MonitorFrames Take();

   private:
    MonitorFeed* const feed_;
    int64_t next_frame_;
  };

  int num_listeners() const { return num_listeners_; }

 private:
  struct Sample {
    int16_t input, output;
  };

  void Drain();
  const Sample& At(int64_t frame) const {
    return history_[static_cast<size_t>(frame % kHistoryFrames)];
  }

  MonitorTap* const tap_;
  int num_listeners_ = 0;
  int64_t generation_ = 0;       // of the tap
  int64_t num_frames_ = 0;       // since the start
  int64_t oldest_frame_ = 0;     // of those that may be read
  std::vector<Sample> history_;  // frame i at i mod kHistoryFrames
  std::vector<float> pairs_;     // from the tap
};

}  // namespace tacet

#endif  // TACET_DAEMON_MONITOR_FEED_H_
