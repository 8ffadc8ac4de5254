// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FIXED_WEIGHTS_H_
#define TACET_MODEL_FIXED_WEIGHTS_H_

#include <cstdint>
#include <vector>

#include "model/activation.h"
#include "model/fixed/affine.h"
#include "model/fixed/s5_layer.h"
#include "model/mask_rule.h"
#include "model/owned_arrays.h"

namespace tacet {

// All constants of the integer network (docs/fixed-point.md): views into the
// model file's bytes, and the shifts that follow from its exponents.
struct FixedWeights {
  MaskRule mask = MaskRule::kSigmoid;
  StateActivation state_activation = StateActivation::kReluParts;
  int num_bins = 0;
  int num_features = 0;
  int hidden = 0;
  int num_states = 0;
  int state_bits = 24;       // 16 or 24
  int feature_exponent = 0;  // −16..30
  int output_exponent = 0;   // of outputs that are no sigmoid's argument, 0..15
  FixedAffine encoder;       // H × num_features
  std::vector<FixedS5Weights> layers;
  FixedAffine decoder;  // num_outputs × H
  OwnedArrays owned;    // once laid out for kernels
};

// Bytes of what the file holds for it: weights with their columns and rows,
// biases, factors, exponents. Thread: any. Realtime-safe: no.
int64_t SizeInBytes(const FixedWeights& weights);

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_WEIGHTS_H_
