// SPDX-License-Identifier: Apache-2.0
#include "model/block/float_block.h"

#include <cassert>
#include <cstddef>
#include <span>

#include "model/block/block_size.h"

namespace tacet {
namespace {

std::span<float> Rows(AlignedArray<float>& rows) {
  return {rows.data(), rows.size()};
}

}  // namespace

FloatBlockScratch::FloatBlockScratch(const ModelMetadata& m)
    : features(RoundUpTo8(m.feature.num_features()) * kBlockTokens),
      x(m.hidden * kBlockTokens),
      y(m.hidden * kBlockTokens),
      gate(m.hidden * kBlockTokens),
      v(2 * m.num_states * kBlockTokens),
      r(2 * m.num_states * kBlockTokens),
      outputs(RoundUpTo8(m.num_outputs()) * kBlockTokens) {}

void RunFloatBlock(const FloatBlockKernels& kernels, const Model& model,
                   const float* features, int n, NetworkState& state,
                   FloatBlockScratch& scratch,
                   float* outputs) noexcept TACET_REALTIME {
  assert(n >= 1 && n <= kBlockTokens);
  const ModelMetadata& m = model.metadata();
  const NetworkWeights& w = model.weights();
  const size_t im = size_t{static_cast<size_t>(m.num_states)} * kBlockTokens;
  float* const x = scratch.x.data();
  float* const y = scratch.y.data();
  float* const v = scratch.v.data();
  float* const r = scratch.r.data();

  kernels.to_rows(features, RoundUpTo8(m.feature.num_features()),
                  scratch.features.data());
  kernels.multiply(w.encoder, scratch.features.data(), w.encoder_bias, x);
  kernels.elementwise.activate_residual(m.activation, Rows(scratch.x));
  for (size_t i = 0; i < w.layers.size(); ++i) {
    const S5Weights& layer = w.layers[i];
    kernels.multiply(layer.b_re, x, layer.b_bias_re, v);
    kernels.multiply(layer.b_im, x, layer.b_bias_im, v + im);
    kernels.step_states(layer, m.state_activation, n, v, v + im,
                        state.layers()[i], r, r + im);
    kernels.multiply(layer.c_re, r, layer.y_bias, y);
    kernels.multiply_add(layer.c_im, r + im, y);
    kernels.finish_y(m.activation, layer.d, x, y);
    kernels.multiply(layer.gate, y, layer.gate_bias, scratch.gate.data());
    kernels.elementwise.add_gated(m.activation, Rows(scratch.x),
                                  Rows(scratch.y), Rows(scratch.gate),
                                  Rows(scratch.x));
  }
  kernels.multiply(w.decoder, x, w.decoder_bias, scratch.outputs.data());
  kernels.from_rows(scratch.outputs.data(), RoundUpTo8(m.num_outputs()),
                    outputs);
}

}  // namespace tacet
