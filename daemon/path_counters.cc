// SPDX-License-Identifier: Apache-2.0
#include "daemon/path_counters.h"

namespace tacet {

void PathCounters::EndCapture() noexcept {
  capture_.Write(
      {frames_in.value(), frames_refused.value(), ring_written.value()});
}

void PathCounters::EndPlayback() noexcept {
  playback_.Write({frames_out.value(), frames_inserted.value(),
                   frames_stretched.value(), frames_skipped.value(),
                   ring_read.value()});
}

AudioCounters PathCounters::Snapshot() const {
  AudioCounters c;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const PlaybackFrames& playback = playback_.Read();
    const CaptureFrames& capture = capture_.Read();
    c.frames_in = capture.in;
    c.frames_out = playback.out;
    c.frames_dropped = capture.refused + playback.skipped;
    c.frames_inserted = playback.inserted;
    c.frames_stretched = playback.stretched;
    c.frames_in_flight = capture.written - playback.read;
  }
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
