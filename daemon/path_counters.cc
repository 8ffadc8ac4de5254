// SPDX-License-Identifier: Apache-2.0
#include "daemon/path_counters.h"

namespace tacet {

AudioCounters PathCounters::Snapshot() const {
  AudioCounters c;
  c.frames_in = frames_in.value();
  c.frames_out = frames_out.value();
  c.frames_dropped = frames_refused.value() + frames_skipped.value();
  c.frames_inserted = frames_inserted.value();
  c.frames_stretched = frames_stretched.value();
  c.frames_in_flight = c.frames_in + c.frames_inserted + c.frames_stretched -
                       c.frames_out - c.frames_dropped;
  // The slower of the two, so that a stall of either side shows.
  const int64_t captures = num_capture_callbacks.value();
  const int64_t playbacks = num_playback_callbacks.value();
  c.num_callbacks = captures < playbacks ? captures : playbacks;
  c.num_xruns = num_xruns.load(std::memory_order_relaxed);
  c.lost_frames = lost_frames.load(std::memory_order_relaxed);
  c.num_deadline_misses = num_deadline_misses.value();
  c.num_missing_masks = num_missing_masks.value();
  c.num_non_finite_samples = num_non_finite_samples.value();
  c.num_swaps = num_swaps.value();
  return c;
}

}  // namespace tacet
