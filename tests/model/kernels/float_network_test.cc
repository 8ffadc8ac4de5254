// SPDX-License-Identifier: Apache-2.0
// Every float table against the scalar reference on the networks that ship,
// stage by stage on the reference's inputs: |a − b| ≤ 1e-5·max|tensor|.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "model/kernels/float_kernels.h"
#include "model/model.h"
#include "model/s5_layer.h"
#include "tests/model/kernels/kernels_case.h"

namespace tacet {
namespace {

constexpr int kNumTokens = 100;

void ExpectNear(std::span<const float> found, std::span<const float> expected,
                const char* stage) {
  float size = 0.0f, error = 0.0f;
  for (size_t i = 0; i < found.size(); ++i) {
    size = std::max(size, std::abs(expected[i]));
    error = std::max(error, std::abs(found[i] - expected[i]));
  }
  EXPECT_GT(size, 0.0f) << stage;
  EXPECT_LE(error, 1e-5f * size) << stage;
}

// One layer with both tables on the same x and states; leaves the reference's.
void CompareLayer(const ModelMetadata& metadata, const S5Weights& reference,
                  const S5Weights& prepared, const FloatKernels& kernels,
                  std::vector<float>* x, S5State* state) {
  const size_t hidden = reference.d.size(), num_states = reference.a_re.size();
  S5Scratch expected(hidden, num_states), found(hidden, num_states);
  S5State found_state = *state;
  std::vector<float> found_out(hidden), out(hidden);
  StepS5Layer(reference, metadata.activation, metadata.state_activation, *x,
              *state, expected, out);

  kernels.multiply(prepared.b_re, *x, prepared.b_bias_re, found.v_re);
  kernels.multiply(prepared.b_im, *x, prepared.b_bias_im, found.v_im);
  ExpectNear(found.v_re, expected.v_re, "Re v");
  ExpectNear(found.v_im, expected.v_im, "Im v");
  found.v_re = expected.v_re;
  found.v_im = expected.v_im;
  kernels.step_states(prepared, metadata.state_activation, found, found_state);
  EXPECT_EQ(found_state.re, state->re);
  EXPECT_EQ(found_state.im, state->im);
  EXPECT_EQ(found.r_re, expected.r_re);
  EXPECT_EQ(found.r_im, expected.r_im);
  kernels.multiply(prepared.c_re, expected.r_re, prepared.y_bias, found.y);
  kernels.multiply_add(prepared.c_im, expected.r_im, found.y);
  kernels.finish_y(metadata.activation, prepared.d, *x, found.y);
  ExpectNear(found.y, expected.y, "y");
  kernels.multiply(prepared.gate, expected.y, prepared.gate_bias, found.gate);
  ExpectNear(found.gate, expected.gate, "gate");
  kernels.add_gated(metadata.activation, *x, expected.y, expected.gate,
                    found_out);
  ExpectNear(found_out, out, "out");
  *x = out;
}

using FloatNetworkTest = KernelsCase<FloatKernels, SupportedFloatKernels>;

TEST_P(FloatNetworkTest, AgreesStageByStageWithTheReference) {
  const auto model = Model::Default();
  ASSERT_TRUE(model.ok()) << model.status();
  const auto& metadata = (*model)->metadata();
  const NetworkWeights& reference = (*model)->weights();
  NetworkWeights prepared = reference;
  PrepareFor(*kernels_, &prepared);

  std::mt19937 engine(1);
  std::normal_distribution<float> normal(1.0f, 0.5f);
  std::vector<S5State> states(reference.layers.size(),
                              S5State(metadata.num_states));
  std::vector<float> features(metadata.feature.num_features());
  std::vector<float> x(metadata.hidden), found_x(metadata.hidden);
  std::vector<float> o(metadata.num_outputs()), found_o(o.size());
  for (int t = 0; t < kNumTokens && !HasFailure(); ++t) {
    for (float& f : features) f = normal(engine);
    Multiply(reference.encoder, features, reference.encoder_bias, x);
    kernels_->multiply(prepared.encoder, features, prepared.encoder_bias,
                       found_x);
    ExpectNear(found_x, x, "encoder");
    kScalarFloatKernels.activate_residual(metadata.activation, x);
    for (size_t i = 0; i < states.size(); ++i) {
      CompareLayer(metadata, reference.layers[i], prepared.layers[i], *kernels_,
                   &x, &states[i]);
    }
    Multiply(reference.decoder, x, reference.decoder_bias, o);
    kernels_->multiply(prepared.decoder, x, prepared.decoder_bias, found_o);
    ExpectNear(found_o, o, "decoder");
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, FloatNetworkTest,
                         ::testing::Values("avx512-vbmi", "avx2", "neon",
                                           "columns"),
                         KernelsName());

}  // namespace
}  // namespace tacet
