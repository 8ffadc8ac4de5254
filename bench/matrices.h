// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_BENCH_MATRICES_H_
#define TACET_BENCH_MATRICES_H_

namespace tacet {

// A matrix, or that of an affine map.
template <typename Map>
const auto& MatrixOf(const Map& map) {
  if constexpr (requires { map.weight; }) {
    return map.weight;
  } else {
    return map;
  }
}

// Calls function(matrix) for all matrices of a network, fixed or float, in the
// order in which a token meets them: the encoder's; of each layer B (re, im),
// C (re, im) and the gate's; the decoder's.
template <typename Weights, typename Function>
void ForEachMatrix(const Weights& weights, const Function& function) {
  function(MatrixOf(weights.encoder));
  for (const auto& layer : weights.layers) {
    for (const auto* m : {&layer.b_re, &layer.b_im, &layer.c_re, &layer.c_im}) {
      function(*m);
    }
    function(MatrixOf(layer.gate));
  }
  function(MatrixOf(weights.decoder));
}

}  // namespace tacet

#endif  // TACET_BENCH_MATRICES_H_
