// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_BENCH_MICRO_TOKENS_H_
#define TACET_BENCH_MICRO_TOKENS_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/model.h"

namespace tacet {

// What a token of speech leaves in a layer; the letters of model/s5_layer.h.
//   T, Sum  of activations, and of what products add to
template <typename T, typename Sum>
struct LayerValues {
  std::vector<T> x;             // [H] the layer's input
  std::vector<Sum> v_re, v_im;  // [P] B x + b_bias
  std::vector<T> r_re, r_im;    // [P]
  std::vector<T> y;             // [H]
  std::vector<T> gate;          // [H] before the sigmoid
};

// And in the network.
template <typename T, typename Sum>
struct TokenValues {
  std::vector<T> features;
  std::vector<LayerValues<T, Sum>> layers;
  std::vector<T> x;  // [H] the decoder's input

  // What each matrix is multiplied by, in the order of ForEachMatrix.
  std::vector<std::span<const T>> Inputs() const {
    std::vector<std::span<const T>> inputs = {features};
    for (const auto& layer : layers) {
      inputs.insert(inputs.end(),
                    {layer.x, layer.x, layer.r_re, layer.r_im, layer.y});
    }
    inputs.push_back(x);
    return inputs;
  }
};
using FloatToken = TokenValues<float, float>;
using FixedToken = TokenValues<int16_t, int32_t>;

// The last kNumTokens of SpeechFeatures, by the scalar reference. The model has
// a fixed part, for FixedTokens.
std::vector<FloatToken> FloatTokens(const std::shared_ptr<const Model>& model);
std::vector<FixedToken> FixedTokens(const std::shared_ptr<const Model>& model);

}  // namespace tacet

#endif  // TACET_BENCH_MICRO_TOKENS_H_
