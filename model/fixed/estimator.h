// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FIXED_ESTIMATOR_H_
#define TACET_MODEL_FIXED_ESTIMATOR_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "model/estimator_source.h"
#include "model/fixed/network.h"
#include "model/mask_estimator.h"
#include "model/model.h"

namespace tacet {

// The integer backend: quantises the features and runs the W8A16 network inside
// Submit. Bit-exact from there to the mask. Holds one token: a second Submit
// before Collect is refused. It cannot overflow, so that every token that it
// takes has an answer.
class FixedEstimator final : public MaskEstimator {
 public:
  // model must have a fixed part; weights is it, prepared for the kernels. Runs
  // a few tokens to learn worst_case_seconds.
  FixedEstimator(std::shared_ptr<const Model> model,
                 std::shared_ptr<const FixedWeights> weights,
                 const FixedKernels& kernels);
  // With weights of its own, prepared for the fastest kernels of this CPU.
  explicit FixedEstimator(std::shared_ptr<const Model> model);

  const FrontEndId& front_end() const override;
  int num_features() const override { return weights_.num_features; }
  MaskKind mask_kind() const override;
  bool Submit(std::span<const float> features) noexcept TACET_REALTIME override;
  bool Collect(std::span<std::complex<float>> mask) noexcept
      TACET_REALTIME override;
  void Reset() noexcept TACET_REALTIME override;
  // The states in the units of the float network: two backends of one model
  // can hand over to each other.
  size_t state_size() const override { return state_.size(); }
  void ExportState(std::span<float> state) const noexcept
      TACET_REALTIME override;
  bool ImportState(std::span<const float> state) noexcept
      TACET_REALTIME override;
  double worst_case_seconds() const override { return worst_case_seconds_; }

 private:
  std::shared_ptr<const Model> model_;
  std::shared_ptr<const FixedWeights> shared_weights_;  // views into model_
  const FixedWeights& weights_;
  const FixedKernels& kernels_;
  FixedSigmoid sigmoid_;
  FixedState state_;
  FixedScratch scratch_;
  std::vector<int16_t> features_;  // [num_features]
  std::vector<int16_t> outputs_;   // [num_outputs] of the token in hand
  bool has_answer_ = false;
  double worst_case_seconds_;
};

// The integer backend on a model's weights, with the fastest kernels of this
// CPU or those named. All estimators share one copy of the weights.
// Errors: FailedPrecondition where the model has no fixed part.
absl::StatusOr<EstimatorSource> FixedEstimators(
    std::shared_ptr<const Model> model);
absl::StatusOr<EstimatorSource> FixedEstimators(
    std::shared_ptr<const Model> model, const FixedKernels& kernels);

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_ESTIMATOR_H_
