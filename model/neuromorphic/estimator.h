// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_ESTIMATOR_H_
#define TACET_MODEL_NEUROMORPHIC_ESTIMATOR_H_

#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/statusor.h"
#include "model/estimator_source.h"
#include "model/fixed/integer_estimator.h"
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

// The simulated chip as a backend: the masks of FixedEstimator
// (model/fixed/estimator.h) to the last bit.
class NeuromorphicEstimator final : public IntegerEstimator {
 public:
  // network is of model's fixed part. observer may be null, and outlives this.
  NeuromorphicEstimator(const std::shared_ptr<const Model>& model,
                        const std::shared_ptr<const MappedNetwork>& network,
                        TokenObserver* observer);

  const TokenCounts& counts() const { return counts_; }  // of the last token

 private:
  void Step(std::span<const int16_t> features, FixedState& state,
            std::span<int16_t> outputs) noexcept TACET_REALTIME override;

  NeuromorphicExecutor executor_;
  TokenCounts counts_;
  TokenObserver* observer_ = nullptr;
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
