// SPDX-License-Identifier: Apache-2.0
#include "model/block/block_estimator.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>

#include "model/kernels/fixed_kernels.h"

namespace tacet {

FixedBlockEstimator::FixedBlockEstimator(
    std::shared_ptr<const Model> model,
    std::shared_ptr<const FixedBlockWeights> weights,
    const FixedKernels& kernels, RunFixedBlock run)
    : model_(std::move(model)),
      weights_(std::move(weights)),
      kernels_(kernels),
      run_(run),
      state_(*weights_),
      features_(size_t{kBlockTokens} * weights_->padded_features),
      outputs_(size_t{kBlockTokens} * weights_->padded_outputs) {}

const FrontEndId& FixedBlockEstimator::front_end() const {
  return model_->metadata().front_end;
}

MaskKind FixedBlockEstimator::mask_kind() const {
  return weights_->fixed.mask == MaskRule::kComplex ? MaskKind::kComplex
                                                    : MaskKind::kReal;
}

bool FixedBlockEstimator::Submit(std::span<const float> features) noexcept
    TACET_REALTIME {
  assert(features.size() == static_cast<size_t>(num_features()));
  const auto is_finite = [](float f) { return std::isfinite(f); };
  if (num_waiting_ == kBlockTokens ||
      !std::ranges::all_of(features, is_finite)) {
    return false;
  }
  const std::span<int16_t> token(
      features_.data() + num_waiting_ * weights_->padded_features,
      features.size());
  kernels_.quantise(features, weights_->fixed.feature_exponent, token);
  ++num_waiting_;
  return true;
}

bool FixedBlockEstimator::Collect(std::span<std::complex<float>> mask) noexcept
    TACET_REALTIME {
  assert(mask.size() == static_cast<size_t>(kNumModelBins));
  if (next_answer_ == num_answers_) {
    if (num_waiting_ == 0) return false;
    run_(*weights_, sigmoid_, features_.data(), num_waiting_, state_,
         outputs_.data());
    num_answers_ = std::exchange(num_waiting_, 0);
    next_answer_ = 0;
  }
  const std::span<const int16_t> outputs(
      outputs_.data() + next_answer_ * weights_->padded_outputs,
      weights_->fixed.decoder.bias.size());
  ++next_answer_;
  kernels_.mask(weights_->fixed.mask, weights_->fixed.output_exponent, sigmoid_,
                outputs, mask);
  return true;
}

void FixedBlockEstimator::Reset() noexcept TACET_REALTIME {
  state_.Reset();
  num_waiting_ = num_answers_ = next_answer_ = 0;
}

std::optional<EstimatorSource> FixedBlockEstimators(
    std::shared_ptr<const Model> model) {
  const auto kernels = SupportedFixedBlockKernels();
  if (kernels.empty()) return std::nullopt;
  return FixedBlockEstimators(std::move(model), kernels.front().run);
}

std::optional<EstimatorSource> FixedBlockEstimators(
    std::shared_ptr<const Model> model, RunFixedBlock run) {
  if (model->fixed() == nullptr) return std::nullopt;
  EstimatorSource source;
  source.feature = model->metadata().feature;
  auto weights = std::make_shared<const FixedBlockWeights>(*model->fixed());
  source.make = [model = std::move(model), weights = std::move(weights), run] {
    return std::make_unique<FixedBlockEstimator>(
        model, weights, SupportedFixedKernels().front(), run);
  };
  return source;
}

}  // namespace tacet
