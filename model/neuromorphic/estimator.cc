// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/estimator.h"

#include <utility>

#include "absl/status/status.h"
#include "model/fixed/kernels.h"
#include "model/str_cat.h"

namespace tacet {

namespace {

std::shared_ptr<const FixedWeights> WeightsOf(
    const std::shared_ptr<const Model>& model) {
  return {model, model->fixed()};
}

}  // namespace

NeuromorphicEstimator::NeuromorphicEstimator(
    const std::shared_ptr<const Model>& model,
    const std::shared_ptr<const MappedNetwork>& network,
    TokenObserver* observer)
    : IntegerEstimator(model, WeightsOf(model), ScalarFixedKernels()),
      executor_(network),
      counts_(network->MakeCounts()) {
  MeasureWorstCase();
  observer_ = observer;  // not told of the measurement
}

void NeuromorphicEstimator::Step(
    std::span<const int16_t> features, FixedState& state,
    std::span<int16_t> outputs) noexcept TACET_REALTIME {
  executor_.Step(features, state, outputs, &counts_);
  if (observer_ != nullptr) observer_->OnToken(counts_);
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
  EstimatorSource source = SourceWithoutMake(model->metadata());
  source.make = [model = std::move(model), network = std::move(network),
                 observer] {
    return std::make_unique<NeuromorphicEstimator>(model, network, observer);
  };
  return source;
}

}  // namespace tacet
