// SPDX-License-Identifier: Apache-2.0
#include "model/network.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "model/finite.h"

namespace tacet {
NetworkState::NetworkState(const Model& model,
                           std::pmr::memory_resource* memory)
    : layers_(memory),
      size_(size_t{2} * model.metadata().num_layers *
            model.metadata().num_states) {
  layers_.reserve(model.metadata().num_layers);
  for (int i = 0; i < model.metadata().num_layers; ++i) {
    layers_.emplace_back(model.metadata().num_states, memory);
  }
}

void NetworkState::Reset() noexcept TACET_REALTIME {
  for (S5State& layer : layers_) {
    std::ranges::fill(layer.re, 0.0f);
    std::ranges::fill(layer.im, 0.0f);
  }
}

void NetworkState::Export(std::span<float> out) const noexcept TACET_REALTIME {
  assert(out.size() == size_);
  auto to = out.begin();
  for (const S5State& layer : layers_) {
    to = std::ranges::copy(layer.re, to).out;
    to = std::ranges::copy(layer.im, to).out;
  }
}

bool NetworkState::Import(std::span<const float> in) noexcept TACET_REALTIME {
  if (in.size() != size_ || !AllFinite(in)) return false;
  auto from = in.begin();
  for (S5State& layer : layers_) {
    std::copy_n(from, layer.re.size(), layer.re.begin());
    from += layer.re.size();
    std::copy_n(from, layer.im.size(), layer.im.begin());
    from += layer.im.size();
  }
  return true;
}

bool NetworkState::IsFinite() const noexcept TACET_REALTIME {
  return std::ranges::all_of(layers_, [](const S5State& layer) {
    return AllFinite(layer.re) && AllFinite(layer.im);
  });
}

NetworkScratch::NetworkScratch(const Model& model,
                               std::pmr::memory_resource* memory)
    : x(model.metadata().hidden, memory),
      layer(model.metadata().hidden, model.metadata().num_states, memory) {}

NetworkArrays::NetworkArrays(const Model& model,
                             std::pmr::memory_resource* memory)
    : state(model, memory),
      scratch(model, memory),
      outputs(model.metadata().num_outputs(), memory) {}

// Not moved on, since the weights are made of it in the same expression.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
Network::Network(std::shared_ptr<const Model> model)
    : Network(model,
              std::shared_ptr<const NetworkWeights>(model, &model->weights()),
              kScalarFloatKernels) {}

Network::Network(std::shared_ptr<const Model> model,
                 std::shared_ptr<const NetworkWeights> weights,
                 const FloatKernels& kernels)
    : model_(std::move(model)),
      weights_(std::move(weights)),
      kernels_(kernels) {}

// x = act0(W_enc f + b_enc)        f [num_features], x [H]: the residual stream
// for each layer: x = layer(x)     s5_layer.h; keeps its complex state s [P]
// o = W_dec x + b_dec              o [num_outputs]
void Network::Step(std::span<const float> features, NetworkState& state,
                   NetworkScratch& scratch,
                   std::span<float> outputs) const noexcept TACET_REALTIME {
  const NetworkWeights& w = *weights_;
  const Activation activation = model_->metadata().activation;
  const StateActivation state_activation = model_->metadata().state_activation;
  const std::span<float> x = scratch.x;

  kernels_.multiply(w.encoder, features, w.encoder_bias, x);
  kernels_.activate_residual(activation, x);
  for (size_t i = 0; i < w.layers.size(); ++i) {
    StepS5Layer(w.layers[i], activation, state_activation, x, state.layers()[i],
                scratch.layer, x, kernels_);
  }
  kernels_.multiply(w.decoder, x, w.decoder_bias, outputs);
}

}  // namespace tacet
