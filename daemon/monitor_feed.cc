// SPDX-License-Identifier: Apache-2.0
#include "daemon/monitor_feed.h"

#include <algorithm>
#include <cmath>

namespace tacet {
namespace {

constexpr float kScale = 32767.0f;

int16_t ToInt16(float x) {
  if (!std::isfinite(x)) return 0;
  return static_cast<int16_t>(std::lround(kScale * std::clamp(x, -1.0f, 1.0f)));
}

void AppendLittleEndian(int16_t sample, std::string* bytes) {
  const auto bits = static_cast<uint16_t>(sample);
  bytes->push_back(static_cast<char>(bits & 0xff));
  bytes->push_back(static_cast<char>(bits >> 8));
}

}  // namespace

MonitorFeed::Listener::Listener(MonitorFeed* feed) : feed_(feed) {
  if (feed->num_listeners_++ == 0) {
    feed->history_.resize(kHistoryFrames);
    feed->pairs_.resize(2 * MonitorTap::kCapacityFrames);
    // Left by the last listener.
    feed->tap_->Clear();
    feed->tap_->SetListening(true);
  }
  feed->Drain();
  next_frame_ = feed->num_frames_;
}

MonitorFeed::Listener::~Listener() {
  if (--feed_->num_listeners_ > 0) return;
  feed_->tap_->SetListening(false);
  feed_->history_ = {};
  feed_->pairs_ = {};
  feed_->oldest_frame_ = feed_->num_frames_;
}

MonitorFrames MonitorFeed::Listener::Take() {
  feed_->Drain();
  MonitorFrames frames;
  frames.format = feed_->tap_->format();
  frames.frames_dropped = feed_->tap_->frames_dropped();
  frames.first_frame = std::max(next_frame_, feed_->oldest_frame_);
  frames.num_frames = static_cast<int>(feed_->num_frames_ - frames.first_frame);
  next_frame_ = feed_->num_frames_;
  frames.input.reserve(2 * static_cast<size_t>(frames.num_frames));
  frames.output.reserve(2 * static_cast<size_t>(frames.num_frames));
  for (int i = 0; i < frames.num_frames; ++i) {
    const Sample& sample = feed_->At(frames.first_frame + i);
    AppendLittleEndian(sample.input, &frames.input);
    AppendLittleEndian(sample.output, &frames.output);
  }
  return frames;
}

void MonitorFeed::Drain() {
  const int64_t generation = tap_->generation();
  if (generation != generation_) {
    // Of another format: not to be mixed with what comes.
    generation_ = generation;
    tap_->Clear();
    oldest_frame_ = num_frames_;
    return;
  }
  const int count = tap_->Read(pairs_);
  for (int i = 0; i < count; ++i, ++num_frames_) {
    history_[static_cast<size_t>(num_frames_ % kHistoryFrames)] = {
        ToInt16(pairs_[2 * i]), ToInt16(pairs_[2 * i + 1])};
  }
  oldest_frame_ = std::max(oldest_frame_, num_frames_ - kHistoryFrames);
}

}  // namespace tacet
