// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_WEIGHTS_H_
#define TACET_MODEL_WEIGHTS_H_

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "model/csr_matrix.h"
#include "model/metadata.h"
#include "model/owned_arrays.h"
#include "model/s5_layer.h"
#include "model/safetensors.h"

namespace tacet {

// Names of the fixed-point network's tensors (model/fixed/read_weights.h) begin
// with this.
inline constexpr std::string_view kFixedPrefix = "fixed.";

// All constants of the network, views into the model file's bytes until
// PrepareFor (model/kernels/float_kernels.h).
struct NetworkWeights {
  CsrMatrix encoder;                    // H × num_features
  std::span<const float> encoder_bias;  // [H]
  std::vector<S5Weights> layers;        // L
  CsrMatrix decoder;                    // num_outputs × H
  std::span<const float> decoder_bias;  // [num_outputs]
  OwnedArrays owned;                    // once laid out for kernels
};

// One array of NetworkWeights by the name it has in the file, in file order;
// for reports and for other backends.
struct NamedMatrix {
  std::string name;
  CsrMatrix matrix;
};
struct NamedVector {
  std::string name;
  std::span<const float> vector;
};

// Takes the weights out of a container and checks them: presence, dtype and
// shape of each tensor, no unknown tensor, row pointers, column indices, every
// value finite, |a| < 1. The views live as long as the container's bytes.
// Errors: InvalidArgument, one line: tensor, found, expected.
// Thread: any. Realtime-safe: no.
absl::StatusOr<NetworkWeights> ReadWeights(const Safetensors& file,
                                           const ModelMetadata& metadata);

std::vector<NamedMatrix> ListMatrices(const NetworkWeights& weights);
std::vector<NamedVector> ListVectors(const NetworkWeights& weights);

}  // namespace tacet

#endif  // TACET_MODEL_WEIGHTS_H_
