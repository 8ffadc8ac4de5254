// SPDX-License-Identifier: Apache-2.0
#include "cli/activation_probe.h"

#include <algorithm>
#include <utility>

#include "model/activation.h"

namespace tacet {
namespace {

void Count(std::span<const float> values, ActivationCount* count) {
  count->num_values += static_cast<int64_t>(values.size());
  count->num_zeros += std::ranges::count(values, 0.0f);
}

}  // namespace

ActivationProbe::ActivationProbe(std::shared_ptr<const Model> model,
                                 ActivationCounts* counts)
    : model_(std::move(model)),
      counts_(*counts),
      state_(*model_),
      scratch_(*model_) {}

const FrontEndId& ActivationProbe::front_end() const {
  return model_->metadata().front_end;
}

bool ActivationProbe::Submit(std::span<const float> features) noexcept {
  const NetworkWeights& w = model_->weights();
  const ModelMetadata& m = model_->metadata();
  std::vector<float>& x = scratch_.x;
  Multiply(w.encoder, features, w.encoder_bias, x);
  for (float& value : x) value = ActivateResidual(m.activation, value);
  for (size_t i = 0; i < w.layers.size(); ++i) {
    Count(x, &counts_.x);
    StepS5Layer(w.layers[i], m.activation, m.state_activation, x,
                state_.layers()[i], scratch_.layer, x);
    Count(scratch_.layer.r_re, &counts_.r);
    Count(scratch_.layer.r_im, &counts_.r);
    Count(scratch_.layer.y, &counts_.y);
  }
  Count(x, &counts_.x);  // the decoder's
  return true;
}

bool ActivationProbe::Collect(std::span<std::complex<float>> mask) noexcept {
  std::ranges::fill(mask, 1.0f);
  return true;
}

}  // namespace tacet
