// SPDX-License-Identifier: Apache-2.0
// A network small enough to count by hand, and a chip with round numbers.
#ifndef TACET_TESTS_MODEL_NEUROMORPHIC_TINY_NETWORK_H_
#define TACET_TESTS_MODEL_NEUROMORPHIC_TINY_NETWORK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "model/fixed/weights.h"
#include "model/neuromorphic/chip.h"

namespace tacet {

// Two features, two neurons wide, one state, one layer, two outputs. All shifts
// are 0 and all biases 0, so that integers pass as they are.
//   encoder  [1 2; 0 1]     b_re  [1 1]   b_im  [0 1]
//   c_re  [1; 0]   c_im  [0; 1]   d  1     gate  [1 0; 0 1]
//   decoder  [1 0; 1 1]
class TinyNetwork {
 public:
  TinyNetwork() {
    w_.state_activation = StateActivation::kReluParts;
    w_.num_bins = w_.num_features = w_.hidden = 2;
    w_.num_states = 1;
    w_.encoder = {encoder_.View(2), two_zeros_, {0, 0}};
    w_.decoder = {decoder_.View(2), two_zeros_, {0, 0}};
    FixedS5Weights layer;
    layer.max_state = (1 << 23) - 1;
    layer.a_re = half_;
    layer.a_im = no_factor_;
    layer.b_re = b_re_.View(2);
    layer.b_im = b_im_.View(2);
    layer.b_bias_re = layer.b_bias_im = zero_;
    layer.scale_re = one_;
    layer.scale_im = no_factor_;
    layer.v_shift = {0};
    layer.state_exponents = exponent_;
    layer.r_shift = {0};
    layer.c_re = c_re_.View(1);
    layer.c_im = c_im_.View(1);
    layer.d = ones_;
    layer.d_shift = {0, 0};
    layer.y_bias = two_zeros_;
    layer.y_shift = {0, 0};
    layer.gate = {gate_.View(2), two_zeros_, {0, 0}};
    layer.x_left_shift = 15;
    layer.out_shift = 15;
    w_.layers.push_back(layer);
  }
  TinyNetwork(const TinyNetwork&) = delete;
  TinyNetwork& operator=(const TinyNetwork&) = delete;

  const FixedWeights& weights() const { return w_; }

 private:
  struct Matrix {
    std::vector<int8_t> values;
    std::vector<uint16_t> columns;
    std::vector<uint32_t> rows;
    FixedMatrix View(int num_columns) const {
      return {static_cast<int>(rows.size()) - 1, num_columns, values, columns,
              rows};
    }
  };
  Matrix encoder_{{1, 2, 1}, {0, 1, 1}, {0, 2, 3}};
  Matrix b_re_{{1, 1}, {0, 1}, {0, 2}};
  Matrix b_im_{{1}, {1}, {0, 1}};
  Matrix c_re_{{1}, {0}, {0, 1, 1}};
  Matrix c_im_{{1}, {0}, {0, 0, 1}};
  Matrix gate_{{1, 1}, {0, 1}, {0, 1, 2}};
  Matrix decoder_{{1, 1, 1}, {0, 0, 1}, {0, 1, 3}};
  std::vector<int32_t> zero_ = {0}, two_zeros_ = {0, 0};
  std::vector<int16_t> half_ = {1 << 14}, no_factor_ = {0}, one_ = {1};
  std::vector<int16_t> ones_ = {1, 1};
  std::vector<int8_t> exponent_ = {0};
  FixedWeights w_;
};

// Any number of everything, each price 0, and a mesh of 4 × 2 routers of one
// core; a list of synapses has no header and a synapse 8 bits of a 64-bit word.
inline Chip RoomyChip() {
  Chip chip;
  chip.name = "roomy";
  for (const ChipField& field : ChipFields()) {
    Quantity& q = chip.*field.member;
    const double v = field.is_limit ? field.most : 0;
    q = {{v, v, v}, "test"};
  }
  const auto set = [](Quantity* q, double v) { q->range = {v, v, v}; };
  set(&chip.mesh_columns, 4);
  set(&chip.mesh_rows, 2);
  set(&chip.cores_per_router, 1);
  set(&chip.num_cores, 8);
  set(&chip.sparse_synapse_bits, 8);
  set(&chip.dense_synapse_bits, 8);
  set(&chip.list_header_bits, 0);
  set(&chip.memory_word_bits, 64);
  return chip;
}

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_NEUROMORPHIC_TINY_NETWORK_H_
