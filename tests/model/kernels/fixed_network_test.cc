// SPDX-License-Identifier: Apache-2.0
// Whole networks on all kernels.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/fixed/network.h"
#include "model/kernels/fixed_kernels.h"
#include "model/model.h"
#include "tests/model/fixed/random_tokens.h"
#include "tests/model/kernels/kernels_case.h"

namespace tacet {
namespace {

constexpr int kTokens = 400;

// Outputs of all tokens, then the last states.
std::vector<int32_t> OutputsOf(const FixedWeights& model,
                               const FixedKernels& kernels) {
  FixedWeights weights = model;
  PrepareFor(kernels, &weights);
  const FixedSigmoid sigmoid;
  FixedState state(weights);
  FixedScratch scratch(weights);
  std::vector<int16_t> outputs(weights.decoder.bias.size());
  std::vector<int32_t> all;
  for (const auto& token : RandomTokens(kTokens, weights.num_features)) {
    StepFixedNetwork(weights, kernels, sigmoid, token, state, scratch, outputs);
    all.insert(all.end(), outputs.begin(), outputs.end());
  }
  for (const FixedS5State& layer : state.layers()) {
    all.insert(all.end(), layer.re.begin(), layer.re.end());
    all.insert(all.end(), layer.im.begin(), layer.im.end());
  }
  return all;
}

using FixedNetworkTest = KernelsCase<FixedKernels, SupportedFixedKernels>;

TEST_P(FixedNetworkTest, HasTheBitsOfTheScalarReference) {
  int num_models = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(TACET_SOURCE_DIR "/model/weights")) {
    if (file.path().extension() != ".tacet") continue;
    const auto model = Model::LoadFile(file.path());
    ASSERT_TRUE(model.ok()) << model.status();
    if ((*model)->fixed() == nullptr) continue;
    ++num_models;
    const FixedWeights& weights = *(*model)->fixed();
    EXPECT_EQ(OutputsOf(weights, *kernels_),
              OutputsOf(weights, ScalarFixedKernels()))
        << file.path();
  }
  EXPECT_GT(num_models, 0);
}

// The bound on a layout's memory is for hostile files alone. Layouts do not ask
// the CPU.
TEST(FixedLayouts, OfTrainedMatricesAreNotRefusedForTheirSize) {
  int num_matrices = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(TACET_SOURCE_DIR "/model/weights")) {
    if (file.path().extension() != ".tacet") continue;
    const auto model = Model::LoadFile(file.path());
    ASSERT_TRUE(model.ok()) << model.status();
    if ((*model)->fixed() == nullptr) continue;
    for (const auto layout :
         {MatrixLayout::kSlices, MatrixLayout::kWordSlices}) {
      FixedWeights weights = *(*model)->fixed();
      FixedKernels kernels = ScalarFixedKernels();
      kernels.layout = layout;
      PrepareFor(kernels, &weights);
      for (const FixedS5Weights& layer : weights.layers) {
        for (const FixedMatrix* m : {&layer.b_re, &layer.b_im, &layer.c_re,
                                     &layer.c_im, &layer.gate.weight}) {
          EXPECT_NE(m->sliced, nullptr) << file.path();
          ++num_matrices;
        }
      }
      EXPECT_NE(weights.encoder.weight.sliced, nullptr) << file.path();
      EXPECT_NE(weights.decoder.weight.sliced, nullptr) << file.path();
    }
  }
  EXPECT_GT(num_matrices, 10);
}

INSTANTIATE_TEST_SUITE_P(Cpu, FixedNetworkTest,
                         ::testing::Values("avx512-vbmi-vnni", "avx512", "avx2",
                                           "neon", "columns"),
                         KernelsName());

}  // namespace
}  // namespace tacet
