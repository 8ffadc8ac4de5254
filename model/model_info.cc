// SPDX-License-Identifier: Apache-2.0
#include "model/model_info.h"

namespace tacet {
namespace {

double ShareOfZeros(int64_t num_values, int64_t num_entries) {
  return 1.0 - static_cast<double>(num_values) / num_entries;
}

TensorInfo Describe(const NamedMatrix& named) {
  const CsrMatrix& m = named.matrix;
  TensorInfo info;
  info.name = named.name;
  info.num_rows = m.num_rows;
  info.num_columns = m.num_columns;
  info.num_values = m.values.size();
  info.num_bytes =
      m.values.size_bytes() + m.columns.size_bytes() + m.rows.size_bytes();
  info.is_matrix = true;
  return info;
}

TensorInfo Describe(const NamedVector& named) {
  TensorInfo info;
  info.name = named.name;
  info.num_rows = named.vector.size();
  info.num_columns = 1;
  info.num_values = named.vector.size();
  info.num_bytes = named.vector.size_bytes();
  return info;
}

}  // namespace

double TensorInfo::sparsity() const {
  return ShareOfZeros(num_values, int64_t{num_rows} * num_columns);
}

double ModelInfo::mega_macs_per_second() const {
  return macs_per_token() * kTokensPerSecond / 1e6;
}

double ModelInfo::sparsity() const {
  return ShareOfZeros(num_matrix_values, num_matrix_entries);
}

ModelInfo DescribeModel(const Model& model) {
  ModelInfo info;
  info.metadata = model.metadata();
  info.file_bytes = model.size();
  for (const NamedMatrix& matrix : ListMatrices(model.weights())) {
    info.tensors.push_back(Describe(matrix));
  }
  for (const NamedVector& vector : ListVectors(model.weights())) {
    info.tensors.push_back(Describe(vector));
  }
  for (const TensorInfo& tensor : info.tensors) {
    info.num_parameters += tensor.num_values;
    info.sparse_float_bytes += tensor.num_bytes;
    info.dense_float_bytes +=
        int64_t{sizeof(float)} * tensor.num_rows * tensor.num_columns;
    if (!tensor.is_matrix) continue;
    info.num_matrix_values += tensor.num_values;
    info.num_matrix_entries += int64_t{tensor.num_rows} * tensor.num_columns;
  }
  if (model.fixed() != nullptr) {
    info.sparse_fixed_bytes = SizeInBytes(*model.fixed());
  }
  const ModelMetadata& m = info.metadata;
  info.matrix_macs = info.num_matrix_values;
  info.elementwise_macs =
      int64_t{m.num_layers} * (8 * m.num_states + 2 * m.hidden);
  return info;
}

}  // namespace tacet
