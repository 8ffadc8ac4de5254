// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_ESTIMATOR_H_
#define TACET_MODEL_NEUROMORPHIC_ESTIMATOR_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "model/estimator_source.h"
#include "model/mask_estimator.h"
#include "model/model.h"
#include "model/neuromorphic/executor.h"

namespace tacet {

// Told of each token that went through a simulated chip.
// Realtime-safe: it must be, where the estimator is to be.
class TokenObserver {
 public:
  virtual ~TokenObserver() = default;
  virtual void OnToken(const TokenCounts& counts) noexcept TACET_REALTIME = 0;
};

// The simulated chip as a backend: as FixedEstimator (model/fixed/estimator.h),
// with the same masks to the last bit.
class NeuromorphicEstimator final : public MaskEstimator {
 public:
  // network is of model's fixed part. observer may be null, and outlives this.
  NeuromorphicEstimator(std::shared_ptr<const Model> model,
                        std::shared_ptr<const MappedNetwork> network,
                        TokenObserver* observer);

  const FrontEndId& front_end() const override;
  int num_features() const override { return weights_.num_features; }
  MaskKind mask_kind() const override;
  bool Submit(std::span<const float> features) noexcept TACET_REALTIME override;
  bool Collect(std::span<std::complex<float>> mask) noexcept
      TACET_REALTIME override;
  void Reset() noexcept TACET_REALTIME override;
  size_t state_size() const override { return state_.size(); }
  void ExportState(std::span<float> state) const noexcept
      TACET_REALTIME override;
  bool ImportState(std::span<const float> state) noexcept
      TACET_REALTIME override;
  double worst_case_seconds() const override { return worst_case_seconds_; }

  const TokenCounts& counts() const { return counts_; }  // of the last token

 private:
  std::shared_ptr<const Model> model_;
  const FixedWeights& weights_;
  NeuromorphicExecutor executor_;
  FixedSigmoid sigmoid_;
  FixedState state_;
  TokenCounts counts_;
  std::vector<int16_t> features_;  // [num_features]
  std::vector<int16_t> outputs_;   // [num_outputs]
  bool has_answer_ = false;
  double worst_case_seconds_;
  TokenObserver* observer_;  // last: set after the measurement
};

// A model's network, mapped to a chip.
// Errors: FailedPrecondition where the model has no fixed part; those of
// MapNetwork.
absl::StatusOr<std::shared_ptr<const MappedNetwork>> MapModel(
    const Model& model, const Chip& chip, CorePlacement placement);

// The simulator as a backend. All estimators share one mapping, which must be
// of this model.
EstimatorSource NeuromorphicEstimators(
    std::shared_ptr<const Model> model,
    std::shared_ptr<const MappedNetwork> network,
    TokenObserver* observer = nullptr);

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_ESTIMATOR_H_
