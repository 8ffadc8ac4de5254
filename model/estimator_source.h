// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_ESTIMATOR_SOURCE_H_
#define TACET_MODEL_ESTIMATOR_SOURCE_H_

#include <functional>
#include <memory>

#include "model/float_kernels.h"
#include "model/mask_estimator.h"
#include "model/metadata.h"
#include "model/model.h"

namespace tacet {

// What the engine needs of a backend: the features that its network reads, what
// becomes of its masks, and a new estimator, with its own state, for each
// channel. `make` must be callable and give no null pointer; called outside the
// audio path only.
struct EstimatorSource {
  FeatureParams feature;
  std::function<std::unique_ptr<MaskEstimator>()> make;
  MaskPostFilterParams post_filter = {};
};

// What any backend of a model with this metadata has in common: all but `make`.
EstimatorSource SourceWithoutMake(const ModelMetadata& metadata);

// The float backend (model/float_estimator.h) on a model's weights, with the
// fastest kernels of this CPU or those named, which must outlive it. All
// estimators share one copy of the weights.
EstimatorSource FloatEstimators(std::shared_ptr<const Model> model);
EstimatorSource FloatEstimators(std::shared_ptr<const Model> model,
                                const FloatKernels& kernels);

}  // namespace tacet

#endif  // TACET_MODEL_ESTIMATOR_SOURCE_H_
