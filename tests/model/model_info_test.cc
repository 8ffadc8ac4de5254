// SPDX-License-Identifier: Apache-2.0
#include "model/model_info.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/model/make_model.h"

namespace tacet {
namespace {

TEST(ModelInfo, CountsADenseModelByHand) {
  ModelSpec spec;
  spec.hidden = 3;
  spec.num_states = 2;
  spec.num_layers = 2;
  spec.density = 1.0;
  const ModelInfo info = DescribeModel(*MakeModel(spec));
  // encoder 3·257, decoder 257·3; a layer: B 2·(2·3), C 2·(3·2), gate 3·3
  EXPECT_EQ(info.matrix_macs, 2 * 3 * 257 + 2 * (12 + 12 + 9));
  EXPECT_EQ(info.num_matrix_entries, info.num_matrix_values);
  EXPECT_EQ(info.sparsity(), 0.0);
  // a layer: a ⊙ s and scale ⊙ v 4·2 each, d ⊙ x and the gate 3 each
  EXPECT_EQ(info.elementwise_macs, 2 * (8 + 8 + 3 + 3));
  EXPECT_EQ(info.macs_per_token(), info.matrix_macs + info.elementwise_macs);
  EXPECT_DOUBLE_EQ(info.mega_macs_per_second(),
                   info.macs_per_token() * 125 / 1e6);
  // biases 3 + 257; a layer: 6 vectors of P, 3 of H
  EXPECT_EQ(info.num_parameters,
            info.num_matrix_values + 3 + 257 + 2 * (6 * 2 + 3 * 3));
}

TEST(ModelInfo, ListsEveryTensorOfTheFileOnce) {
  const ModelSpec spec;
  const RawFile file = MakeModelFile(spec);
  const ModelInfo info = DescribeModel(*MakeModel(spec));
  EXPECT_EQ(info.file_bytes, static_cast<int64_t>(file.Serialize().size()));
  std::map<std::string, int64_t> bytes;
  for (const RawTensor& tensor : file.tensors) {
    std::string name = tensor.name;
    for (const char* part : {".values", ".columns", ".rows"}) {
      if (name.ends_with(part)) name.resize(name.rfind('.'));
    }
    bytes[name] += tensor.bytes.size();
  }
  EXPECT_EQ(info.tensors.size(), bytes.size());
  for (const TensorInfo& tensor : info.tensors) {
    ASSERT_TRUE(bytes.contains(tensor.name)) << tensor.name;
    EXPECT_EQ(tensor.num_bytes, bytes[tensor.name]) << tensor.name;
  }
}

TEST(ModelInfo, TellsTheSparsityOfEachMatrix) {
  ModelSpec spec;
  spec.density = 0.1;
  const RawFile file = MakeModelFile(spec);
  const ModelInfo info = DescribeModel(*MakeModel(spec));
  double low = 1, high = 0;
  for (const TensorInfo& tensor : info.tensors) {
    if (!tensor.is_matrix) {
      EXPECT_EQ(tensor.sparsity(), 0.0);
      continue;
    }
    const double nnz = file.Tensor(tensor.name + ".values").shape[0];
    EXPECT_DOUBLE_EQ(tensor.sparsity(),
                     1 - nnz / (tensor.num_rows * tensor.num_columns));
    low = std::min(low, tensor.sparsity());
    high = std::max(high, tensor.sparsity());
  }
  EXPECT_NEAR(info.sparsity(), 0.9, 0.02);
  EXPECT_LE(low, info.sparsity());
  EXPECT_GE(high, info.sparsity());
}

}  // namespace
}  // namespace tacet
