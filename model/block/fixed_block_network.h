// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_BLOCK_FIXED_BLOCK_NETWORK_H_
#define TACET_MODEL_BLOCK_FIXED_BLOCK_NETWORK_H_

#include <complex>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "model/block/block_estimator.h"
#include "model/block/fixed_block.h"
#include "model/estimator_source.h"
#include "model/mask_estimator.h"
#include "model/model.h"

namespace tacet {

// The integer network for BlockEstimator: masks of FixedEstimator, to the bit.
class FixedBlockNetwork {
 public:
  using Value = int16_t;

  FixedBlockNetwork(std::shared_ptr<const Model> model,
                    std::shared_ptr<const FixedBlockWeights> weights,
                    const FixedBlockKernels& kernels);

  const FrontEndId& front_end() const { return model_->metadata().front_end; }
  int num_features() const { return weights_->fixed.num_features; }
  int padded_features() const { return weights_->padded_features; }
  int padded_outputs() const { return weights_->padded_outputs; }
  MaskKind mask_kind() const;
  void Take(std::span<const float> features,
            int16_t* token) noexcept TACET_REALTIME;
  uint32_t Run(const int16_t* features, int n,
               int16_t* outputs) noexcept TACET_REALTIME;
  void Mask(const int16_t* outputs,
            std::span<std::complex<float>> mask) noexcept TACET_REALTIME;
  void Reset() noexcept TACET_REALTIME { state_.Reset(); }

 private:
  std::shared_ptr<const Model> model_;
  std::shared_ptr<const FixedBlockWeights> weights_;
  const FixedBlockKernels* kernels_;
  FixedSigmoid sigmoid_;
  FixedBlockState state_;
};

using FixedBlockEstimator = BlockEstimator<FixedBlockNetwork>;

// The integer backend in blocks, with the fastest instructions of this CPU or
// those given. Nothing where it has none or the model has no fixed part.
std::optional<EstimatorSource> FixedBlockEstimators(
    std::shared_ptr<const Model> model);
std::optional<EstimatorSource> FixedBlockEstimators(
    std::shared_ptr<const Model> model, const FixedBlockKernels& kernels);

}  // namespace tacet

#endif  // TACET_MODEL_BLOCK_FIXED_BLOCK_NETWORK_H_
