// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/network.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "model/fixed/arithmetic.h"

namespace tacet {
namespace {

void ExportPart(const FixedS5Weights& w, std::span<const int32_t> part,
                std::span<float> out) noexcept TACET_REALTIME {
  for (size_t p = 0; p < part.size(); ++p) {
    out[p] = std::ldexp(static_cast<float>(part[p]), -w.state_exponents[p]);
  }
}

void ImportPart(const FixedS5Weights& w, std::span<const float> in,
                std::span<int32_t> part) noexcept TACET_REALTIME {
  const double limit = w.max_state;
  for (size_t p = 0; p < part.size(); ++p) {
    const double scaled = std::ldexp(double{in[p]}, w.state_exponents[p]);
    part[p] = static_cast<int32_t>(
        std::clamp(std::floor(scaled + 0.5), -limit, limit));
  }
}

}  // namespace

FixedState::FixedState(const FixedWeights& weights,
                       std::pmr::memory_resource* memory)
    : layers_(memory),
      size_(size_t{2} * weights.layers.size() * weights.num_states) {
  layers_.reserve(weights.layers.size());
  for (size_t i = 0; i < weights.layers.size(); ++i) {
    layers_.emplace_back(weights.num_states, memory);
  }
}

void FixedState::Reset() noexcept TACET_REALTIME {
  for (FixedS5State& layer : layers_) {
    std::ranges::fill(layer.re, 0);
    std::ranges::fill(layer.im, 0);
  }
}

void FixedState::Export(const FixedWeights& weights,
                        std::span<float> out) const noexcept TACET_REALTIME {
  assert(out.size() == size_);
  const size_t num_states = weights.num_states;
  for (size_t i = 0; i < layers_.size(); ++i) {
    const std::span<float> layer = out.subspan(2 * i * num_states);
    ExportPart(weights.layers[i], layers_[i].re, layer.first(num_states));
    ExportPart(weights.layers[i], layers_[i].im, layer.subspan(num_states));
  }
}

bool FixedState::Import(const FixedWeights& weights,
                        std::span<const float> in) noexcept TACET_REALTIME {
  const auto is_finite = [](float v) { return std::isfinite(v); };
  if (in.size() != size_ || !std::ranges::all_of(in, is_finite)) return false;
  const size_t num_states = weights.num_states;
  for (size_t i = 0; i < layers_.size(); ++i) {
    const std::span<const float> layer = in.subspan(2 * i * num_states);
    ImportPart(weights.layers[i], layer.first(num_states), layers_[i].re);
    ImportPart(weights.layers[i], layer.subspan(num_states), layers_[i].im);
  }
  return true;
}

FixedScratch::FixedScratch(const FixedWeights& weights,
                           std::pmr::memory_resource* memory)
    : x(weights.hidden, memory),
      acc(std::max(weights.encoder.bias.size(), weights.decoder.bias.size()),
          memory),
      layer(weights.hidden, weights.num_states, memory) {}

FixedArrays::FixedArrays(const FixedWeights& weights,
                         std::pmr::memory_resource* memory)
    : state(weights, memory),
      scratch(weights, memory),
      features(weights.num_features, memory),
      outputs(weights.decoder.bias.size(), memory) {}

void StepFixedNetwork(const FixedWeights& weights, const FixedKernels& kernels,
                      const FixedSigmoid& sigmoid,
                      std::span<const int16_t> features, FixedState& state,
                      FixedScratch& scratch,
                      std::span<int16_t> outputs) noexcept TACET_REALTIME {
  const std::span<int32_t> acc(scratch.acc);
  ApplyRelu(weights.encoder, kernels, features,
            acc.first(weights.encoder.bias.size()), scratch.x);
  for (size_t i = 0; i < weights.layers.size(); ++i) {
    StepFixedS5Layer(weights.layers[i], kernels, sigmoid,
                     weights.state_activation, scratch.x, state.layers()[i],
                     scratch.layer, scratch.x);
  }
  Apply(weights.decoder, kernels, scratch.x, acc.first(outputs.size()),
        outputs);
}

}  // namespace tacet
