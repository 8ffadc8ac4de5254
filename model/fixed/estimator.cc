// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/estimator.h"

#include <utility>

#include "absl/status/status.h"
#include "model/kernels/fixed_kernels.h"
#include "model/str_cat.h"

namespace tacet {
namespace {

std::shared_ptr<const FixedWeights> Prepared(const Model& model,
                                             const FixedKernels& kernels) {
  auto weights = std::make_shared<FixedWeights>(*model.fixed());
  PrepareFor(kernels, weights.get());
  return weights;
}

}  // namespace

// Not moved on, since the weights are made of it in the same expression.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
FixedEstimator::FixedEstimator(std::shared_ptr<const Model> model)
    : FixedEstimator(model, Prepared(*model, SupportedFixedKernels().front()),
                     SupportedFixedKernels().front()) {}

FixedEstimator::FixedEstimator(std::shared_ptr<const Model> model,
                               std::shared_ptr<const FixedWeights> prepared,
                               const FixedKernels& kernels)
    : IntegerEstimator(std::move(model), std::move(prepared), kernels) {
  MeasureWorstCase();
}

void FixedEstimator::Step(std::span<const int16_t> features, FixedState& state,
                          std::span<int16_t> outputs) noexcept TACET_REALTIME {
  StepFixedNetwork(weights(), kernels(), sigmoid(), features, state, scratch(),
                   outputs);
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
  EstimatorSource source = SourceWithoutMake(model->metadata());
  std::shared_ptr<const FixedWeights> weights = Prepared(*model, kernels);
  source.make = [model = std::move(model), weights = std::move(weights),
                 &kernels] {
    return std::make_unique<FixedEstimator>(model, weights, kernels);
  };
  return source;
}

EstimatorSource DefaultEstimators(std::shared_ptr<const Model> model) {
  absl::StatusOr<EstimatorSource> fixed = FixedEstimators(model);
  if (fixed.ok()) return *std::move(fixed);
  return FloatEstimators(std::move(model));
}

}  // namespace tacet
