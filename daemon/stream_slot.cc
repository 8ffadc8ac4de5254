// SPDX-License-Identifier: Apache-2.0
#include "daemon/stream_slot.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tacet {

StreamSlot::StreamSlot(std::unique_ptr<Stream> stream, PathCounters* counters,
                       HopObserver* observer)
    : sample_rate_hz_(stream->sample_rate_hz()),
      num_channels_(stream->num_channels()),
      latency_samples_(stream->latency_samples()),
      fade_frames_(
          std::max(1, static_cast<int>(1e-3 * kFadeMs * sample_rate_hz_))),
      counters_(counters),
      observer_(observer),
      current_(stream.release()),
      scratch_(static_cast<size_t>(num_channels_) * kBlock),
      in_(num_channels_),
      out_(num_channels_) {
  for (int c = 0; c < num_channels_; ++c) {
    scratch_channels_.push_back(scratch_.data() + c * kBlock);
  }
  current_->SetObserver(observer_);
}

StreamSlot::~StreamSlot() {
  delete offered_.load();
  delete retired_.load();
  delete next_;
  delete current_;
}

absl::Status StreamSlot::Check(const Stream& next) const {
  if (next.latency_samples() == latency_samples_ &&
      next.sample_rate_hz() == sample_rate_hz_ &&
      next.num_channels() == num_channels_) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "swap: latency ", next.latency_samples(), " at ", next.sample_rate_hz(),
      " Hz with ", next.num_channels(), " channels, but running is ",
      latency_samples_, " at ", sample_rate_hz_, " Hz with ", num_channels_));
}

absl::Status StreamSlot::Offer(std::unique_ptr<Stream> next) {
  absl::Status status = Check(*next);
  if (!status.ok()) return status;
  Collect();
  // A former offer comes back, unless the audio thread has it already.
  std::unique_ptr<Stream> former(
      offered_.exchange(next.release(), std::memory_order_acq_rel));
  if (former == nullptr) ++num_outstanding_;
  return absl::OkStatus();
}

void StreamSlot::Collect() {
  std::unique_ptr<Stream> retired(
      retired_.exchange(nullptr, std::memory_order_acq_rel));
  if (retired != nullptr) --num_outstanding_;
}

void StreamSlot::Process(std::span<const float* const> in,
                         std::span<float* const> out, int num_frames) noexcept {
  // The next one waits until the control thread has collected the last.
  if (next_ == nullptr && retired_.load(std::memory_order_acquire) == nullptr) {
    Stream* const offered =
        offered_.exchange(nullptr, std::memory_order_acq_rel);
    if (offered != nullptr) Begin(offered);
  }
  if (next_ == nullptr) {
    current_->Process(in, out, num_frames);
    TakeCounts();
    return;
  }
  for (int done = 0; done < num_frames;) {
    const int n = std::min(kBlock, num_frames - done);
    for (int c = 0; c < num_channels_; ++c) {
      in_[c] = in[c] + done;
      out_[c] = out[c] + done;
    }
    ProcessBoth(in_, out_, n);
    done += n;
  }
}

void StreamSlot::Begin(Stream* next) noexcept {
  next_ = next;
  if (strength_.has_value()) next_->SetStrength(*strength_);
  fade_done_ = 0;
  frames_to_fade_ =
      latency_samples_ + static_cast<int>(1e-3 * kWarmUpMs * sample_rate_hz_);
}

void StreamSlot::ProcessBoth(std::span<const float* const> in,
                             std::span<float* const> out,
                             int num_frames) noexcept {
  if (next_ != nullptr) next_->Process(in, scratch_channels_, num_frames);
  // Second, since out may be in.
  current_->Process(in, out, num_frames);
  TakeCounts();
  if (next_ == nullptr) return;
  const int warm = std::min(frames_to_fade_, num_frames);
  frames_to_fade_ -= warm;
  const int fade_begin = fade_done_;
  for (int c = 0; c < num_channels_; ++c) {
    for (int i = warm; i < num_frames; ++i) {
      const float a = std::min(static_cast<float>(fade_begin + i - warm + 1) /
                                   static_cast<float>(fade_frames_),
                               1.0f);
      out[c][i] = (1.0f - a) * out[c][i] + a * scratch_channels_[c][i];
    }
  }
  fade_done_ += num_frames - warm;
  if (fade_done_ >= fade_frames_) Finish();
}

void StreamSlot::Finish() noexcept {
  Stream* const old = std::exchange(current_, std::exchange(next_, nullptr));
  current_->SetObserver(observer_);
  counted_ = current_->counters();
  counters_->num_swaps.Add(1);
  retired_.store(old, std::memory_order_release);
}

void StreamSlot::TakeCounts() noexcept {
  const StreamCounters now = current_->counters();
  counters_->engine_frames.Add(now.num_frames - counted_.num_frames);
  counters_->num_missing_masks.Add(now.num_missing_masks -
                                   counted_.num_missing_masks);
  counters_->num_non_finite_samples.Add(now.num_non_finite_samples -
                                        counted_.num_non_finite_samples);
  counted_ = now;
}

void StreamSlot::SetStrength(Strength strength) noexcept {
  strength_ = strength;
  current_->SetStrength(strength);
  if (next_ != nullptr) next_->SetStrength(strength);
}

void StreamSlot::SetBypass(bool bypass) noexcept {
  current_->SetBypass(bypass);
  if (next_ != nullptr) next_->SetBypass(bypass);
}

void StreamSlot::Reset() noexcept {
  current_->Reset();
  counted_ = current_->counters();
  if (next_ != nullptr) next_->Reset();
}

}  // namespace tacet
