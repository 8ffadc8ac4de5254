// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/estimator.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "model/fixed/feature_quantiser.h"
#include "model/fixed/mask.h"
#include "model/str_cat.h"
#include "model/worst_case.h"

namespace tacet {

NeuromorphicEstimator::NeuromorphicEstimator(
    std::shared_ptr<const Model> model,
    std::shared_ptr<const MappedNetwork> network, TokenObserver* observer)
    : model_(std::move(model)),
      weights_(*model_->fixed()),
      executor_(network),
      state_(weights_),
      counts_(network->MakeCounts()),
      features_(weights_.num_features),
      outputs_(weights_.decoder.bias.size()),
      observer_(nullptr) {
  worst_case_seconds_ = MeasureWorstCaseSeconds(*this);
  observer_ = observer;
}

const FrontEndId& NeuromorphicEstimator::front_end() const {
  return model_->metadata().front_end;
}

MaskKind NeuromorphicEstimator::mask_kind() const {
  return weights_.mask == MaskRule::kComplex ? MaskKind::kComplex
                                             : MaskKind::kReal;
}

bool NeuromorphicEstimator::Submit(std::span<const float> features) noexcept
    TACET_REALTIME {
  assert(features.size() == features_.size());
  const auto is_finite = [](float f) { return std::isfinite(f); };
  if (has_answer_ || !std::ranges::all_of(features, is_finite)) return false;
  QuantiseFeatures(features, weights_.feature_exponent, features_);
  executor_.Step(features_, state_, outputs_, &counts_);
  if (observer_ != nullptr) observer_->OnToken(counts_);
  has_answer_ = true;
  return true;
}

bool NeuromorphicEstimator::Collect(
    std::span<std::complex<float>> mask) noexcept TACET_REALTIME {
  if (!std::exchange(has_answer_, false)) return false;
  MaskFromFixedOutputs(weights_.mask, weights_.output_exponent, sigmoid_,
                       outputs_, mask);
  return true;
}

void NeuromorphicEstimator::Reset() noexcept TACET_REALTIME {
  state_.Reset();
  has_answer_ = false;
}

void NeuromorphicEstimator::ExportState(std::span<float> state) const noexcept
    TACET_REALTIME {
  state_.Export(weights_, state);
}

bool NeuromorphicEstimator::ImportState(std::span<const float> state) noexcept
    TACET_REALTIME {
  if (!state_.Import(weights_, state)) return false;
  has_answer_ = false;
  return true;
}

absl::StatusOr<std::shared_ptr<const MappedNetwork>> MapModel(
    const Model& model, const Chip& chip, CorePlacement placement) {
  if (model.fixed() == nullptr) {
    return absl::FailedPreconditionError(
        StrCat("model ", model.metadata().name,
               " has no fixed-point weights; training/quantize.py adds them"));
  }
  return MappedNetwork::Create(*model.fixed(), chip, placement);
}

EstimatorSource NeuromorphicEstimators(
    std::shared_ptr<const Model> model,
    std::shared_ptr<const MappedNetwork> network, TokenObserver* observer) {
  EstimatorSource source;
  source.feature = model->metadata().feature;
  source.make = [model = std::move(model), network = std::move(network),
                 observer] {
    return std::make_unique<NeuromorphicEstimator>(model, network, observer);
  };
  return source;
}

}  // namespace tacet
