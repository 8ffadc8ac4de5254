// SPDX-License-Identifier: Apache-2.0
#include "cli/activation_probe.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/activation.h"

namespace tacet {
namespace {

void Count(std::span<const float> values, ActivationCount* count) {
  count->num_values += static_cast<int64_t>(values.size());
  count->num_zeros += std::ranges::count(values, 0.0f);
}

}  // namespace

double ActivationCounts::MacsPerToken() const {
  double sum = 0;
  for (const MatrixActivity& m : matrices) {
    sum += static_cast<double>(m.num_weights);
  }
  return sum;
}

double ActivationCounts::EffectiveMacsPerToken() const {
  double sum = 0;
  for (const MatrixActivity& m : matrices) {
    sum += static_cast<double>(m.num_macs);
  }
  return num_tokens == 0 ? 0.0 : sum / static_cast<double>(num_tokens);
}

ActivationProbe::ActivationProbe(std::shared_ptr<const Model> model,
                                 ActivationCounts* counts)
    : model_(std::move(model)),
      counts_(*counts),
      state_(*model_),
      scratch_(*model_) {
  counts_.matrices.clear();
  const NetworkWeights& w = model_->weights();
  watched_.push_back(Watch("encoder.weight", w.encoder));
  for (size_t i = 0; i < w.layers.size(); ++i) {
    const S5Weights& layer = w.layers[i];
    const std::string prefix = absl::StrCat("layers.", i, ".");
    watched_.push_back(Watch(prefix + "b_re", layer.b_re));
    watched_.push_back(Watch(prefix + "b_im", layer.b_im));
    watched_.push_back(Watch(prefix + "c_re", layer.c_re));
    watched_.push_back(Watch(prefix + "c_im", layer.c_im));
    watched_.push_back(Watch(prefix + "gate.weight", layer.gate));
  }
  watched_.push_back(Watch("decoder.weight", w.decoder));
}

ActivationProbe::Watched ActivationProbe::Watch(std::string name,
                                                const CsrMatrix& matrix) {
  Watched watched = {counts_.matrices.size(),
                     std::vector<int32_t>(matrix.num_columns, 0)};
  for (const uint16_t column : matrix.columns) {
    ++watched.weights_of_column[column];
  }
  MatrixActivity activity;
  activity.name = std::move(name);
  activity.num_weights = static_cast<int64_t>(matrix.values.size());
  counts_.matrices.push_back(std::move(activity));
  return watched;
}

void ActivationProbe::See(const Watched& watched,
                          std::span<const float> input) {
  MatrixActivity& activity = counts_.matrices[watched.index];
  Count(input, &activity.inputs);
  for (size_t k = 0; k < input.size(); ++k) {
    if (input[k] != 0.0f) activity.num_macs += watched.weights_of_column[k];
  }
}

const FrontEndId& ActivationProbe::front_end() const {
  return model_->metadata().front_end;
}

bool ActivationProbe::Submit(std::span<const float> features) noexcept {
  const NetworkWeights& w = model_->weights();
  const ModelMetadata& m = model_->metadata();
  const std::span<float> x = scratch_.x;
  auto watched = watched_.begin();
  ++counts_.num_tokens;
  See(*watched++, features);
  Multiply(w.encoder, features, w.encoder_bias, x);
  for (float& value : x) value = ActivateResidual(m.activation, value);
  for (size_t i = 0; i < w.layers.size(); ++i) {
    Count(x, &counts_.x);
    See(*watched++, x);
    See(*watched++, x);
    StepS5Layer(w.layers[i], m.activation, m.state_activation, x,
                state_.layers()[i], scratch_.layer, x);
    Count(scratch_.layer.r_re, &counts_.r);
    Count(scratch_.layer.r_im, &counts_.r);
    Count(scratch_.layer.y, &counts_.y);
    See(*watched++, scratch_.layer.r_re);
    See(*watched++, scratch_.layer.r_im);
    See(*watched++, scratch_.layer.y);
  }
  Count(x, &counts_.x);  // the decoder's
  See(*watched, x);
  return true;
}

bool ActivationProbe::Collect(std::span<std::complex<float>> mask) noexcept {
  std::ranges::fill(mask, 1.0f);
  return true;
}

}  // namespace tacet
