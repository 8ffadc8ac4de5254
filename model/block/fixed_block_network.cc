// SPDX-License-Identifier: Apache-2.0
#include "model/block/fixed_block_network.h"

#include <cstddef>
#include <utility>

namespace tacet {

FixedBlockNetwork::FixedBlockNetwork(
    std::shared_ptr<const Model> model,
    std::shared_ptr<const FixedBlockWeights> weights,
    const FixedBlockKernels& kernels)
    : model_(std::move(model)),
      weights_(std::move(weights)),
      kernels_(&kernels),
      state_(*weights_) {}

MaskKind FixedBlockNetwork::mask_kind() const {
  return weights_->fixed.mask == MaskRule::kComplex ? MaskKind::kComplex
                                                    : MaskKind::kReal;
}

void FixedBlockNetwork::Take(std::span<const float> features,
                             int16_t* token) noexcept TACET_REALTIME {
  kernels_->elementwise.quantise(features, weights_->fixed.feature_exponent,
                                 {token, features.size()});
}

uint32_t FixedBlockNetwork::Run(const int16_t* features, int n,
                                int16_t* outputs) noexcept TACET_REALTIME {
  kernels_->run(*weights_, sigmoid_, features, n, state_, outputs);
  return ~uint32_t{0};
}

void FixedBlockNetwork::Mask(const int16_t* outputs,
                             std::span<std::complex<float>> mask) noexcept
    TACET_REALTIME {
  kernels_->elementwise.mask(
      weights_->fixed.mask, weights_->fixed.output_exponent, sigmoid_,
      {outputs, weights_->fixed.decoder.bias.size()}, mask);
}

std::optional<EstimatorSource> FixedBlockEstimators(
    std::shared_ptr<const Model> model) {
  const auto kernels = SupportedFixedBlockKernels();
  if (kernels.empty()) return std::nullopt;
  return FixedBlockEstimators(std::move(model), kernels.front());
}

std::optional<EstimatorSource> FixedBlockEstimators(
    std::shared_ptr<const Model> model, const FixedBlockKernels& kernels) {
  if (model->fixed() == nullptr) return std::nullopt;
  EstimatorSource source = SourceWithoutMake(model->metadata());
  auto weights = std::make_shared<const FixedBlockWeights>(*model->fixed());
  source.make = [model = std::move(model), weights = std::move(weights),
                 &kernels] {
    return std::make_unique<FixedBlockEstimator>(
        FixedBlockNetwork(model, weights, kernels));
  };
  return source;
}

}  // namespace tacet
