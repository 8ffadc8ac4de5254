// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FIXED_ESTIMATOR_H_
#define TACET_MODEL_FIXED_ESTIMATOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/statusor.h"
#include "model/estimator_source.h"
#include "model/fixed/integer_estimator.h"
#include "model/fixed/network.h"
#include "model/model.h"

namespace tacet {

// The integer backend on the kernels of this CPU.
class FixedEstimator final : public IntegerEstimator {
 public:
  // model must have a fixed part; weights is it, prepared for the kernels. Runs
  // a few tokens to learn worst_case_seconds.
  FixedEstimator(std::shared_ptr<const Model> model,
                 std::shared_ptr<const FixedWeights> weights,
                 const FixedKernels& kernels);
  // With weights of its own, prepared for the fastest kernels of this CPU.
  explicit FixedEstimator(std::shared_ptr<const Model> model);

  size_t arena_bytes() const override { return arena().bytes().size(); }

 private:
  void Step(std::span<const int16_t> features, FixedState& state,
            std::span<int16_t> outputs) noexcept TACET_REALTIME override;
};

// The integer backend on a model's weights, with the fastest kernels of this
// CPU or those named. All estimators share one copy of the weights.
// Errors: FailedPrecondition where the model has no fixed part.
absl::StatusOr<EstimatorSource> FixedEstimators(
    std::shared_ptr<const Model> model);
absl::StatusOr<EstimatorSource> FixedEstimators(
    std::shared_ptr<const Model> model, const FixedKernels& kernels);

// What a model runs on where nobody chose: its integers, which take less time
// (docs/performance.md) for the same sound (docs/fixed-point.md), or floats
// where it has none. Thread: any. Realtime-safe: no.
EstimatorSource DefaultEstimators(std::shared_ptr<const Model> model);

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_ESTIMATOR_H_
