// SPDX-License-Identifier: Apache-2.0
// Compares the float network with vectors that the trainer wrote.
#ifndef TACET_TESTS_MODEL_GOLDEN_H_
#define TACET_TESTS_MODEL_GOLDEN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "model/model.h"
#include "model/safetensors.h"

namespace tacet {

// |a − b| ≤ kGoldenTolerance · max|tensor|
inline constexpr double kGoldenTolerance = 1e-5;
// Largest share of states too near the gate's edge to compare.
inline constexpr double kMaxNearGate = 1e-3;
// Largest share of the tokens of all layers whose y and output such a gate
// leaves out of the comparison.
inline constexpr double kMaxLeftOut = 1e-3;

struct GoldenReport {
  std::vector<std::string> failures;  // one line each; empty: all agree
  int64_t num_values = 0;             // compared
  // gate_re only: states, and those with |Re| < 1e-5·max, which are left out
  // of the gate check. Where such a gate falls the other way, y and output of
  // that token differ by rights and are left out too.
  int64_t num_gates = 0;
  int64_t num_near_gates = 0;
  int64_t num_layer_tokens = 0;
  int64_t num_tokens_left_out = 0;  // of these
};

// A golden file holds, for T tokens: noisy_magnitude, features [T, bins],
// encoder [T, H], per layer layers.i.input, .y, .output [T, H] and .state_re,
// .state_im [T, P], outputs [T, num_outputs], mask_re, mask_im [T, bins].
// Each stage is run on its own golden input, so that an error is seen where it
// arises; a layer's recurrence is its own over all tokens. A layer's golden
// input has to be the golden output before it.
GoldenReport CompareWithGolden(const Model& model, const Safetensors& golden);

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_GOLDEN_H_
