// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/weights.h"

namespace tacet {
namespace {

int64_t SizeOf(const FixedMatrix& m) {
  return m.values.size_bytes() + m.columns.size_bytes() + m.rows.size_bytes();
}

// Each row has one exponent of a byte, from which its shift follows.
int64_t SizeOf(const FixedAffine& a) {
  return SizeOf(a.weight) + a.bias.size_bytes() + a.shift.size();
}

int64_t SizeOf(const FixedS5Weights& w) {
  int64_t size = SizeOf(w.b_re) + SizeOf(w.b_im) + SizeOf(w.c_re) +
                 SizeOf(w.c_im) + SizeOf(w.gate);
  for (const auto& factors : {w.a_re, w.a_im, w.scale_re, w.scale_im, w.d}) {
    size += factors.size_bytes();
  }
  for (const auto& bias : {w.b_bias_re, w.b_bias_im, w.y_bias}) {
    size += bias.size_bytes();
  }
  // Exponents: of B's rows, of scale and of the state; of C's rows and of d.
  return size + 3 * w.state_exponents.size_bytes() + 2 * w.d.size();
}

}  // namespace

int64_t SizeInBytes(const FixedWeights& weights) {
  int64_t size = SizeOf(weights.encoder) + SizeOf(weights.decoder);
  for (const FixedS5Weights& layer : weights.layers) size += SizeOf(layer);
  // Exponents of features, outputs and residual stream; of each layer's r, y.
  return size + 3 + 3 * weights.layers.size();
}

}  // namespace tacet
