// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_MODEL_INFO_H_
#define TACET_MODEL_MODEL_INFO_H_

#include <cstdint>
#include <string>
#include <vector>

#include "model/model.h"

namespace tacet {

// One tensor, or one sparse matrix of three.
struct TensorInfo {
  std::string name;
  int num_rows = 0;
  int num_columns = 0;  // 1 for a vector
  int64_t num_values = 0;
  int64_t num_bytes = 0;  // in the file
  bool is_matrix = false;

  // Share of zeros that are not stored, 0..1; 0 for a vector.
  double sparsity() const;
};

// What `tacet model info` tells about a model's size and cost.
struct ModelInfo {
  ModelMetadata metadata;
  std::vector<TensorInfo> tensors;
  int64_t file_bytes = 0;
  // Bytes of the network's constants: every entry of a matrix as a float; the
  // entries stored, with their columns and rows; and the same of the
  // fixed-point network, 0 where the file has none.
  int64_t dense_float_bytes = 0;
  int64_t sparse_float_bytes = 0;
  int64_t sparse_fixed_bytes = 0;
  int64_t num_parameters = 0;      // stored values
  int64_t num_matrix_values = 0;   // stored values of matrices
  int64_t num_matrix_entries = 0;  // rows × columns of all matrices
  // Real multiply-accumulates of one token, all activations taken as non-zero.
  int64_t matrix_macs = 0;       // one per stored value of a matrix
  int64_t elementwise_macs = 0;  // per layer: a ⊙ s and scale ⊙ v, 4 each and
                                 // state; d ⊙ x and y ⊙ gate, 1 each and unit

  int64_t macs_per_token() const { return matrix_macs + elementwise_macs; }
  double mega_macs_per_second() const;
  // Share of zeros over all matrices, 0..1.
  double sparsity() const;
};

// Counts. Thread: any. Realtime-safe: no.
ModelInfo DescribeModel(const Model& model);

}  // namespace tacet

#endif  // TACET_MODEL_MODEL_INFO_H_
