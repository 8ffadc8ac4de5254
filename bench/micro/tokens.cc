// SPDX-License-Identifier: Apache-2.0
#include "bench/micro/tokens.h"

#include <utility>

#include "bench/micro/speech.h"
#include "dsp/realtime.h"
#include "model/fixed/network.h"
#include "model/kernels/fixed_kernels.h"
#include "model/network.h"

namespace tacet {
namespace {

template <typename T>
void KeepLast(std::vector<T>* all) {
  all->erase(all->begin(), all->end() - kNumTokens);
}

template <typename Values>
auto Copy(const Values& values) {
  return std::vector(values.begin(), values.end());
}

}  // namespace

std::vector<FloatToken> FloatTokens(const std::shared_ptr<const Model>& model) {
  const NetworkWeights& w = model->weights();
  const ModelMetadata& m = model->metadata();
  const FloatKernels& kernels = kScalarFloatKernels;
  NetworkState state(*model);
  NetworkScratch scratch(*model);
  S5Scratch& s = scratch.layer;
  const ScopedFlushDenormals flush_denormals;
  std::vector<FloatToken> tokens;
  for (const std::vector<float>& features : SpeechFeatures(model)) {
    FloatToken token;
    token.features = features;
    kernels.multiply(w.encoder, features, w.encoder_bias, scratch.x);
    kernels.activate_residual(m.activation, scratch.x);
    for (size_t i = 0; i < w.layers.size(); ++i) {
      const S5Weights& layer = w.layers[i];
      LayerValues<float, float> values;
      values.x = Copy(scratch.x);
      StepS5Layer(layer, m.activation, m.state_activation, scratch.x,
                  state.layers()[i], s, scratch.x, kernels);
      values.v_re = Copy(s.v_re);
      values.v_im = Copy(s.v_im);
      values.r_re = Copy(s.r_re);
      values.r_im = Copy(s.r_im);
      values.y = Copy(s.y);
      values.gate = Copy(s.gate);
      token.layers.push_back(std::move(values));
    }
    token.x = Copy(scratch.x);
    tokens.push_back(std::move(token));
  }
  KeepLast(&tokens);
  return tokens;
}

std::vector<FixedToken> FixedTokens(const std::shared_ptr<const Model>& model) {
  const FixedWeights& w = *model->fixed();
  const FixedKernels& kernels = ScalarFixedKernels();
  const FixedSigmoid sigmoid;
  FixedState state(w);
  FixedScratch scratch(w);
  FixedS5Scratch& s = scratch.layer;
  std::vector<FixedToken> tokens;
  for (const std::vector<float>& features : SpeechFeatures(model)) {
    FixedToken token;
    token.features.resize(features.size());
    kernels.quantise(features, w.feature_exponent, token.features);
    ApplyRelu(w.encoder, kernels, token.features,
              std::span(scratch.acc).first(w.encoder.bias.size()), scratch.x);
    for (size_t i = 0; i < w.layers.size(); ++i) {
      const FixedS5Weights& layer = w.layers[i];
      LayerValues<int16_t, int32_t> values;
      values.x = Copy(scratch.x);
      AccumulateB(layer, kernels, scratch.x, s);
      kernels.step_states(layer, w.state_activation, s, state.layers()[i]);
      ComputeY(layer, kernels, scratch.x, s);
      Apply(layer.gate, kernels, s.y, s.acc, s.gate);
      values.v_re = Copy(s.acc_re);
      values.v_im = Copy(s.acc_im);
      values.r_re = Copy(s.r_re);
      values.r_im = Copy(s.r_im);
      values.y = Copy(s.y);
      values.gate = Copy(s.gate);
      kernels.add_gated(layer, sigmoid, scratch.x, s, scratch.x);
      token.layers.push_back(std::move(values));
    }
    token.x = Copy(scratch.x);
    tokens.push_back(std::move(token));
  }
  KeepLast(&tokens);
  return tokens;
}

}  // namespace tacet
