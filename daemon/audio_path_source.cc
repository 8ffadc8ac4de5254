// SPDX-License-Identifier: Apache-2.0
// From one source to another.
#include <atomic>

#include "daemon/audio_path.h"

namespace tacet {

void AudioPath::EndSource() noexcept {
  is_source_ended_.store(false, std::memory_order_relaxed);
  source_state_.store(SourceState::kEnding, std::memory_order_release);
}

void AudioPath::BeginSource() noexcept {
  source_state_.store(SourceState::kAnother, std::memory_order_release);
}

void AudioPath::BeginSound() noexcept {
  gain_ = 0.0f;
  frames_to_sound_ = slot_->latency_samples();
}

void AudioPath::BeginAnew() noexcept {
  slot_->Reset();
  if (selector_ != nullptr) selector_->Reset();
  is_joining_ = false;
  BeginSound();
}

// Once a block, so that what one block is told holds for all of it.
void AudioPath::FollowSource() noexcept {
  SourceState state = source_state_.load(std::memory_order_acquire);
  is_ending_ = state == SourceState::kEnding;
  if (state == SourceState::kAnother) {
    is_joining_ = true;
    // It fails where another end was told meanwhile, of which the next block
    // hears.
    source_state_.compare_exchange_strong(state, SourceState::kSame,
                                          std::memory_order_relaxed);
  }
  if (is_joining_ && gain_ == 0.0f) BeginAnew();
}

}  // namespace tacet
