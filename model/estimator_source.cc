// SPDX-License-Identifier: Apache-2.0
#include "model/estimator_source.h"

#include <utility>

#include "model/float_estimator.h"

namespace tacet {

EstimatorSource FloatEstimators(std::shared_ptr<const Model> model) {
  EstimatorSource source;
  source.feature = model->metadata().feature;
  source.make = [model = std::move(model)] {
    return std::make_unique<FloatEstimator>(model);
  };
  return source;
}

}  // namespace tacet
