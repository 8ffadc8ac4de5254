// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/estimator.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "model/kernels/fixed_kernels.h"
#include "model/str_cat.h"
#include "model/worst_case.h"

namespace tacet {
namespace {

std::shared_ptr<const FixedWeights> Prepared(const Model& model,
                                             const FixedKernels& kernels) {
  auto weights = std::make_shared<FixedWeights>(*model.fixed());
  PrepareFor(kernels, weights.get());
  return weights;
}

}  // namespace

FixedEstimator::FixedEstimator(std::shared_ptr<const Model> model)
    : FixedEstimator(model, Prepared(*model, SupportedFixedKernels().front()),
                     SupportedFixedKernels().front()) {}

FixedEstimator::FixedEstimator(std::shared_ptr<const Model> model,
                               std::shared_ptr<const FixedWeights> weights,
                               const FixedKernels& kernels)
    : model_(std::move(model)),
      shared_weights_(std::move(weights)),
      weights_(*shared_weights_),
      kernels_(kernels),
      state_(weights_),
      scratch_(weights_),
      features_(weights_.num_features),
      outputs_(weights_.decoder.bias.size()),
      worst_case_seconds_(MeasureWorstCaseSeconds(*this)) {}

const FrontEndId& FixedEstimator::front_end() const {
  return model_->metadata().front_end;
}

MaskKind FixedEstimator::mask_kind() const {
  return weights_.mask == MaskRule::kComplex ? MaskKind::kComplex
                                             : MaskKind::kReal;
}

bool FixedEstimator::Submit(std::span<const float> features) noexcept
    TACET_REALTIME {
  assert(features.size() == features_.size());
  const auto is_finite = [](float f) { return std::isfinite(f); };
  if (has_answer_ || !std::ranges::all_of(features, is_finite)) return false;
  kernels_.quantise(features, weights_.feature_exponent, features_);
  StepFixedNetwork(weights_, kernels_, sigmoid_, features_, state_, scratch_,
                   outputs_);
  has_answer_ = true;
  return true;
}

bool FixedEstimator::Collect(std::span<std::complex<float>> mask) noexcept
    TACET_REALTIME {
  assert(mask.size() == static_cast<size_t>(kNumModelBins));
  if (!std::exchange(has_answer_, false)) return false;
  kernels_.mask(weights_.mask, weights_.output_exponent, sigmoid_, outputs_,
                mask);
  return true;
}

void FixedEstimator::Reset() noexcept TACET_REALTIME {
  state_.Reset();
  has_answer_ = false;
}

void FixedEstimator::ExportState(std::span<float> state) const noexcept
    TACET_REALTIME {
  state_.Export(weights_, state);
}

bool FixedEstimator::ImportState(std::span<const float> state) noexcept
    TACET_REALTIME {
  if (!state_.Import(weights_, state)) return false;
  has_answer_ = false;
  return true;
}

absl::StatusOr<EstimatorSource> FixedEstimators(
    std::shared_ptr<const Model> model) {
  return FixedEstimators(std::move(model), SupportedFixedKernels().front());
}

absl::StatusOr<EstimatorSource> FixedEstimators(
    std::shared_ptr<const Model> model, const FixedKernels& kernels) {
  if (model->fixed() == nullptr) {
    return absl::FailedPreconditionError(
        StrCat("model ", model->metadata().name,
               " has no fixed-point weights; training/quantize.py adds them"));
  }
  EstimatorSource source;
  source.feature = model->metadata().feature;
  std::shared_ptr<const FixedWeights> weights = Prepared(*model, kernels);
  source.make = [model = std::move(model), weights = std::move(weights),
                 &kernels] {
    return std::make_unique<FixedEstimator>(model, weights, kernels);
  };
  return source;
}

}  // namespace tacet
