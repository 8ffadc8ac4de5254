// SPDX-License-Identifier: Apache-2.0
#include "model/block/float_block_network.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "dsp/realtime.h"
#include "model/finite.h"

namespace tacet {

FloatBlockNetwork::FloatBlockNetwork(std::shared_ptr<const Model> model,
                                     const FloatBlockKernels& kernels)
    : model_(std::move(model)),
      kernels_(&kernels),
      state_(*model_),
      before_(*model_),
      scratch_(model_->metadata()),
      features_(size_t{kBlockTokens} * padded_features()),
      outputs_(size_t{kBlockTokens} * padded_outputs()) {}

MaskKind FloatBlockNetwork::mask_kind() const {
  return model_->metadata().mask == MaskRule::kComplex ? MaskKind::kComplex
                                                       : MaskKind::kReal;
}

void FloatBlockNetwork::Take(std::span<const float> features,
                             float* token) noexcept TACET_REALTIME {
  std::ranges::copy(features, token);
}

bool FloatBlockNetwork::RunTokens(const float* features, int n,
                                  float* outputs) noexcept TACET_REALTIME {
  RunFloatBlock(*kernels_, *model_, features, n, state_, scratch_, outputs);
  return state_.IsFinite() &&
         AllFinite({outputs, static_cast<size_t>(n) * padded_outputs()});
}

uint32_t FloatBlockNetwork::Run(const float* features, int n,
                                float* outputs) noexcept TACET_REALTIME {
  // As FloatEstimator: states that decay would end as denormals.
  const ScopedFlushDenormals flush_denormals;
  before_ = state_;
  if (RunTokens(features, n, outputs)) return ~uint32_t{0};
  state_ = before_;
  uint32_t answered = 0;
  for (int t = 0; t < n; ++t) {
    std::copy_n(features + t * padded_features(), num_features(),
                features_.data());
    if (RunTokens(features_.data(), 1, outputs_.data())) {
      answered |= uint32_t{1} << t;
      std::copy_n(outputs_.data(), padded_outputs(),
                  outputs + t * padded_outputs());
    } else {
      state_.Reset();
    }
  }
  return answered;
}

void FloatBlockNetwork::Mask(const float* outputs,
                             std::span<std::complex<float>> mask) noexcept
    TACET_REALTIME {
  const ModelMetadata& m = model_->metadata();
  kernels_->elementwise.mask(
      m.mask, {outputs, static_cast<size_t>(m.num_outputs())}, mask);
}

std::optional<EstimatorSource> FloatBlockEstimators(
    std::shared_ptr<const Model> model) {
  const auto kernels = SupportedFloatBlockKernels();
  if (kernels.empty()) return std::nullopt;
  return FloatBlockEstimators(std::move(model), kernels.front());
}

EstimatorSource FloatBlockEstimators(std::shared_ptr<const Model> model,
                                     const FloatBlockKernels& kernels) {
  EstimatorSource source = SourceWithoutMake(model->metadata());
  source.make = [model = std::move(model), &kernels] {
    return std::make_unique<FloatBlockEstimator>(
        FloatBlockNetwork(model, kernels));
  };
  return source;
}

}  // namespace tacet
