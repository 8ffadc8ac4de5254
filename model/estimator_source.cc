// SPDX-License-Identifier: Apache-2.0
#include "model/estimator_source.h"

#include <utility>

#include "model/float_estimator.h"
#include "model/kernels/float_kernels.h"

namespace tacet {

EstimatorSource SourceWithoutMake(const ModelMetadata& metadata) {
  return {.feature = metadata.feature,
          .make = nullptr,
          .post_filter = metadata.post_filter};
}

EstimatorSource FloatEstimators(std::shared_ptr<const Model> model) {
  return FloatEstimators(std::move(model), SupportedFloatKernels().front());
}

EstimatorSource FloatEstimators(std::shared_ptr<const Model> model,
                                const FloatKernels& kernels) {
  EstimatorSource source = SourceWithoutMake(model->metadata());
  auto weights = std::make_shared<NetworkWeights>(model->weights());
  PrepareFor(kernels, weights.get());
  source.make = [model = std::move(model), weights = std::move(weights),
                 &kernels] {
    return std::make_unique<FloatEstimator>(model, weights, kernels);
  };
  return source;
}

}  // namespace tacet
