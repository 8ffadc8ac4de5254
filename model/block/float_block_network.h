// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_BLOCK_FLOAT_BLOCK_NETWORK_H_
#define TACET_MODEL_BLOCK_FLOAT_BLOCK_NETWORK_H_

#include <complex>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "model/block/block_estimator.h"
#include "model/block/float_block.h"
#include "model/estimator_source.h"
#include "model/mask_estimator.h"
#include "model/model.h"
#include "model/network.h"

namespace tacet {

// The float network for BlockEstimator. A block in which weights and features
// overflow float is done again token by token, so that, as with FloatEstimator,
// only the tokens that do have no answer, each beginning anew after it.
class FloatBlockNetwork {
 public:
  using Value = float;

  FloatBlockNetwork(std::shared_ptr<const Model> model,
                    const FloatBlockKernels& kernels);

  const FrontEndId& front_end() const { return model_->metadata().front_end; }
  int num_features() const { return model_->metadata().feature.num_features(); }
  int padded_features() const { return RoundUpTo8(num_features()); }
  int padded_outputs() const {
    return RoundUpTo8(model_->metadata().num_outputs());
  }
  MaskKind mask_kind() const;
  void Take(std::span<const float> features,
            float* token) noexcept TACET_REALTIME;
  uint32_t Run(const float* features, int n,
               float* outputs) noexcept TACET_REALTIME;
  void Mask(const float* outputs,
            std::span<std::complex<float>> mask) noexcept TACET_REALTIME;
  void Reset() noexcept TACET_REALTIME { state_.Reset(); }

 private:
  // Whether state and all outputs are finite.
  bool RunTokens(const float* features, int n,
                 float* outputs) noexcept TACET_REALTIME;

  std::shared_ptr<const Model> model_;
  const FloatBlockKernels* kernels_;
  NetworkState state_, before_;  // before_: at the start of a block
  FloatBlockScratch scratch_;
  AlignedArray<float> features_, outputs_;  // a block that holds one token
};

using FloatBlockEstimator = BlockEstimator<FloatBlockNetwork>;

// The float backend in blocks, with the fastest instructions of this CPU or
// those given; masks differ in the last bits from those of other kernels.
// Nothing where this CPU has none.
std::optional<EstimatorSource> FloatBlockEstimators(
    std::shared_ptr<const Model> model);
EstimatorSource FloatBlockEstimators(std::shared_ptr<const Model> model,
                                     const FloatBlockKernels& kernels);

}  // namespace tacet

#endif  // TACET_MODEL_BLOCK_FLOAT_BLOCK_NETWORK_H_
