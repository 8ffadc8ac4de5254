// SPDX-License-Identifier: Apache-2.0
#include "model/offload.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "model/str_cat.h"

namespace tacet {
namespace {

constexpr double kNsPerSecond = 1e9;
// kHold: a missed hop leaves this share of the mask, -3 dB.
constexpr float kHoldDecay = 0.7f;
// kHold: hops over which an answer takes over again.
constexpr int kBlendHops = 4;
// Good tokens after which the next back-off is the shortest again, a second.
constexpr int kTrustAfter = 125;

absl::Status CheckParams(const OffloadParams& p) {
  const auto check = [](std::string_view name, double found, double least,
                        double most) {
    if (found >= least && found <= most) return absl::OkStatus();
    return absl::InvalidArgumentError(StrCat(
        "offload: ", name, " is ", found, ", expected ", least, " to ", most));
  };
  constexpr double kMostHops = 1e6;
  for (const absl::Status& status :
       {check("delay in hops", p.delay_hops, 1, OffloadParams::kMaxDelayHops),
        check("deadline in seconds", p.deadline_s, 1e-4, 8e-3 * p.delay_hops),
        check("misses in a row", p.max_misses, 1, kMostHops),
        check("least back-off in hops", p.min_backoff_hops, 1, kMostHops),
        check("longest back-off in hops", p.max_backoff_hops,
              p.min_backoff_hops, kMostHops)}) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

OffloadEstimator::OffloadEstimator(
    std::function<std::unique_ptr<MaskEstimator>()> make,
    std::unique_ptr<MaskEstimator> shadow, const MaskEstimator& like,
    const OffloadParams& params, std::shared_ptr<OffloadStatus> status)
    : params_(params),
      front_end_(like.front_end()),
      num_features_(like.num_features()),
      mask_kind_(like.mask_kind()),
      max_mask_modulus_(like.max_mask_modulus()),
      deadline_ns_(static_cast<int64_t>(params.deadline_s * kNsPerSecond)),
      status_(std::move(status)),
      shadow_(std::move(shadow)),
      state_(like.state_size()),
      tokens_(params.delay_hops + 1),
      backoff_hops_(params.min_backoff_hops),
      held_(kNumModelBins, 1.0f),
      worker_({.make = std::move(make),
               .num_features = like.num_features(),
               .state_size = like.state_size(),
               .max_modulus = like.max_mask_modulus(),
               .skip_after_ns = shadow_ == nullptr ? 0 : deadline_ns_,
               .clock = params.clock}) {
  for (Token& token : tokens_) token.shadow.resize(kNumModelBins);
}

OffloadEstimator::~OffloadEstimator() {
  if (phase_ == OffloadState::kBackedOff) --status_->num_backed_off;
}

double OffloadEstimator::worst_case_seconds() const {
  return shadow_ == nullptr ? 0.0 : shadow_->worst_case_seconds();
}

bool OffloadEstimator::Submit(std::span<const float> features) noexcept
    TACET_REALTIME {
  const auto is_finite = [](float f) { return std::isfinite(f); };
  if (num_submitted_ - num_collected_ == tokens_.size() ||
      !std::ranges::all_of(features, is_finite)) {
    return false;
  }
  Token& token = tokens_[num_submitted_ % tokens_.size()];
  token.sequence = num_submitted_;
  token.submitted_ns = params_.clock();
  const bool may_send = MaySend();
  // The state before this token.
  if (may_send && needs_state_ && shadow_ != nullptr) {
    shadow_->ExportState(state_);
  }
  if (shadow_ != nullptr &&
      !(shadow_->Submit(features) && shadow_->Collect(token.shadow))) {
    return false;
  }
  token.is_sent =
      may_send && Send(features, token.submitted_ns, token.sequence);
  ++num_submitted_;
  ++status_->num_submitted;
  return true;
}

bool OffloadEstimator::MaySend() noexcept TACET_REALTIME {
  if (phase_ != OffloadState::kBackedOff) return true;
  if (--hops_to_wait_ > 0) return false;
  phase_ = OffloadState::kProbing;
  --status_->num_backed_off;
  num_misses_ = 0;
  needs_state_ = true;
  return true;
}

bool OffloadEstimator::Send(std::span<const float> features, int64_t now_ns,
                            uint64_t sequence) noexcept TACET_REALTIME {
  OffloadRequest* request = worker_.requests().WriteSlot();
  if (request == nullptr) return false;
  request->sequence = sequence;
  request->submitted_ns = now_ns;
  std::ranges::copy(features, request->features.begin());
  request->has_state = std::exchange(needs_state_, false);
  if (request->has_state) std::ranges::copy(state_, request->state.begin());
  worker_.Publish();
  return true;
}

bool OffloadEstimator::Collect(std::span<std::complex<float>> mask) noexcept
    TACET_REALTIME {
  if (num_collected_ == num_submitted_) return false;
  const Token& token = tokens_[num_collected_ % tokens_.size()];
  OffloadAnswer* answer = nullptr;
  const Outcome outcome = Judge(token, &answer);
  const bool is_good = outcome == Outcome::kAnswered;
  if (shadow_ != nullptr) {
    std::ranges::copy(is_good ? answer->mask : token.shadow, mask.begin());
  } else {
    Hold(is_good ? answer : nullptr, mask);
  }
  if (answer != nullptr) worker_.answers().Release();
  Count(outcome);
  Settle(outcome);
  ++num_collected_;
  return true;
}

// What became of a token; its answer, if there is one, is still to be released.
OffloadEstimator::Outcome OffloadEstimator::Judge(
    const Token& token, OffloadAnswer** answer) noexcept TACET_REALTIME {
  OffloadAnswer* oldest = worker_.answers().ReadSlot();
  // Those before were missed already. There are at most as many as slots.
  while (oldest != nullptr && oldest->sequence < token.sequence) {
    worker_.answers().Release();
    oldest = worker_.answers().ReadSlot();
  }
  if (!token.is_sent) return Outcome::kNotSent;
  if (oldest == nullptr || oldest->sequence != token.sequence) {
    return Outcome::kLate;
  }
  *answer = oldest;
  if (!oldest->is_ok) return Outcome::kFailed;
  if (oldest->finished_ns - token.submitted_ns > deadline_ns_) {
    return Outcome::kLate;
  }
  if (shadow_ != nullptr && oldest->mask != token.shadow) {
    return Outcome::kWrong;
  }
  return Outcome::kAnswered;
}

void OffloadEstimator::Count(Outcome outcome) noexcept TACET_REALTIME {
  switch (outcome) {
    case Outcome::kAnswered:
      ++status_->num_answered;
      return;
    case Outcome::kLate:
      ++status_->num_late;
      return;
    case Outcome::kFailed:
      ++status_->num_failed;
      return;
    case Outcome::kWrong:
      ++status_->num_wrong;
      return;
    case Outcome::kNotSent:
      ++status_->num_not_sent;
      return;
  }
}

void OffloadEstimator::Settle(Outcome outcome) noexcept TACET_REALTIME {
  if (outcome == Outcome::kAnswered) {
    phase_ = OffloadState::kRunning;
    num_misses_ = 0;
    if (++num_good_ >= kTrustAfter) backoff_hops_ = params_.min_backoff_hops;
    return;
  }
  num_good_ = 0;
  // A shadow knows better what the backend should remember.
  if (shadow_ != nullptr) needs_state_ = true;
  if (phase_ == OffloadState::kBackedOff) return;
  if (++num_misses_ >= params_.max_misses) BackOff();
}

void OffloadEstimator::BackOff() noexcept TACET_REALTIME {
  phase_ = OffloadState::kBackedOff;
  hops_to_wait_ = backoff_hops_;
  backoff_hops_ = std::min(2 * backoff_hops_, params_.max_backoff_hops);
  ++status_->num_backoffs;
  ++status_->num_backed_off;
}

void OffloadEstimator::Hold(const OffloadAnswer* answer,
                            std::span<std::complex<float>> mask) noexcept
    TACET_REALTIME {
  if (answer == nullptr) {
    for (std::complex<float>& m : held_) m *= kHoldDecay;
    hops_to_blend_ = kBlendHops;
    std::ranges::copy(held_, mask.begin());
    return;
  }
  std::ranges::copy(answer->state, state_.begin());
  const float held = static_cast<float>(hops_to_blend_) / (kBlendHops + 1);
  if (hops_to_blend_ > 0) --hops_to_blend_;
  for (size_t k = 0; k < mask.size(); ++k) {
    mask[k] = answer->mask[k] + held * (held_[k] - answer->mask[k]);
    held_[k] = mask[k];
  }
}

// Of the tokens that wait, none will be collected.
void OffloadEstimator::Forget() noexcept TACET_REALTIME {
  status_->num_dropped += static_cast<int64_t>(num_submitted_ - num_collected_);
  num_collected_ = num_submitted_;
  needs_state_ = true;
}

void OffloadEstimator::Reset() noexcept TACET_REALTIME {
  Forget();
  if (shadow_ != nullptr) shadow_->Reset();
  std::ranges::fill(state_, 0.0f);
  std::ranges::fill(held_, 1.0f);
  hops_to_blend_ = 0;
}

void OffloadEstimator::ExportState(std::span<float> state) const noexcept
    TACET_REALTIME {
  if (shadow_ != nullptr) {
    shadow_->ExportState(state);
  } else {
    std::ranges::copy(state_, state.begin());
  }
}

bool OffloadEstimator::ImportState(std::span<const float> state) noexcept
    TACET_REALTIME {
  const auto is_finite = [](float v) { return std::isfinite(v); };
  if (state.size() != state_.size() || !std::ranges::all_of(state, is_finite)) {
    return false;
  }
  if (shadow_ != nullptr && !shadow_->ImportState(state)) return false;
  std::ranges::copy(state, state_.begin());
  Forget();
  return true;
}

absl::StatusOr<EstimatorSource> OffloadEstimators(
    EstimatorSource backend, EstimatorSource shadow,
    const OffloadParams& params, std::shared_ptr<OffloadStatus> status) {
  const absl::Status valid = CheckParams(params);
  if (!valid.ok()) return valid;
  EstimatorSource source = shadow;
  source.make = [backend = std::move(backend), shadow = std::move(shadow),
                 params, status = std::move(status)] {
    std::unique_ptr<MaskEstimator> like = shadow.make();
    const MaskEstimator& described = *like;
    const bool has_shadow = params.fallback == OffloadFallback::kShadow;
    return std::make_unique<OffloadEstimator>(
        backend.make, has_shadow ? std::move(like) : nullptr, described, params,
        status);
  };
  return source;
}

}  // namespace tacet
