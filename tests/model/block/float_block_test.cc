// SPDX-License-Identifier: Apache-2.0
// Every block table against the scalar reference, stage by stage on the
// reference's inputs: |a − b| ≤ 1e-5·max|tensor|, states to the bit.
#include "model/block/float_block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "model/block/block_size.h"
#include "model/model.h"
#include "model/s5_layer.h"
#include "tests/model/kernels/kernels_case.h"

namespace tacet {
namespace {

constexpr int kNumBlocks = 6;

// kBlockTokens tokens of so many values: rows for kernels, and the reference's
// vectors.
struct Block {
  explicit Block(int size)
      : tokens(kBlockTokens, std::vector<float>(size)),
        rows(size_t{kBlockTokens} * size) {}
  const float* ToRows() {
    for (size_t c = 0; c < tokens[0].size(); ++c) {
      for (int t = 0; t < kBlockTokens; ++t) {
        rows.data()[c * kBlockTokens + t] = tokens[t][c];
      }
    }
    return rows.data();
  }
  std::vector<std::vector<float>> tokens;
  AlignedArray<float> rows;
};

// Of the first n tokens.
void ExpectNear(const AlignedArray<float>& found, const Block& expected, int n,
                const char* stage, float tolerance = 1e-5f) {
  float size = 0.0f, error = 0.0f;
  for (int t = 0; t < n; ++t) {
    for (size_t c = 0; c < expected.tokens[t].size(); ++c) {
      const float e = expected.tokens[t][c];
      size = std::max(size, std::abs(e));
      error = std::max(error, std::abs(found.data()[c * kBlockTokens + t] - e));
    }
  }
  EXPECT_GT(size, 0.0f) << stage;
  EXPECT_LE(error, tolerance * size) << stage;
}

class FloatBlockTest
    : public KernelsCase<FloatBlockKernels, SupportedFloatBlockKernels> {
 protected:
  // One layer of both on the same x and states; leaves the reference's.
  void CompareLayer(const ModelMetadata& m, const S5Weights& w, int n, Block* x,
                    S5State* state) const {
    const int hidden = m.hidden, num_states = m.num_states;
    Block v_re(num_states), v_im(num_states), r_re(num_states),
        r_im(num_states), y(hidden), gate(hidden), out(hidden);
    S5Scratch scratch(hidden, num_states);
    S5State found_state = *state;
    for (int t = 0; t < n; ++t) {
      Multiply(w.b_re, x->tokens[t], w.b_bias_re, v_re.tokens[t]);
      Multiply(w.b_im, x->tokens[t], w.b_bias_im, v_im.tokens[t]);
      StepS5Layer(w, m.activation, m.state_activation, x->tokens[t], *state,
                  scratch, out.tokens[t]);
      std::ranges::copy(scratch.r_re, r_re.tokens[t].begin());
      std::ranges::copy(scratch.r_im, r_im.tokens[t].begin());
      std::ranges::copy(scratch.y, y.tokens[t].begin());
      std::ranges::copy(scratch.gate, gate.tokens[t].begin());
    }
    const float* const x_rows = x->ToRows();
    AlignedArray<float> found(size_t{kBlockTokens} *
                              std::max(hidden, num_states));
    AlignedArray<float> found_im(found.size());
    kernels_->multiply(w.b_re, x_rows, w.b_bias_re, found.data());
    ExpectNear(found, v_re, n, "Re v");
    kernels_->multiply(w.b_im, x_rows, w.b_bias_im, found.data());
    ExpectNear(found, v_im, n, "Im v");
    kernels_->step_states(w, m.state_activation, n, v_re.ToRows(),
                          v_im.ToRows(), found_state, found.data(),
                          found_im.data());
    EXPECT_EQ(found_state.re, state->re);
    EXPECT_EQ(found_state.im, state->im);
    ExpectNear(found, r_re, n, "Re r", 0.0f);
    ExpectNear(found_im, r_im, n, "Im r", 0.0f);
    kernels_->multiply(w.c_re, r_re.ToRows(), w.y_bias, found.data());
    kernels_->multiply_add(w.c_im, r_im.ToRows(), found.data());
    kernels_->finish_y(m.activation, w.d, x_rows, found.data());
    ExpectNear(found, y, n, "y");
    kernels_->multiply(w.gate, y.ToRows(), w.gate_bias, found.data());
    ExpectNear(found, gate, n, "gate");
    const auto span = [&](const float* rows) {
      return std::span(rows, size_t{kBlockTokens} * hidden);
    };
    kernels_->elementwise.add_gated(
        m.activation, span(x_rows), span(y.rows.data()), span(gate.ToRows()),
        {found.data(), size_t{kBlockTokens} * hidden});
    ExpectNear(found, out, n, "out");
    x->tokens = out.tokens;
  }
};

TEST_P(FloatBlockTest, AgreesStageByStageWithTheReference) {
  for (const char* name :
       {"/model/weights/large.tacet", "/model/weights/tiny.tacet",
        "/tests/testdata/teacher-small.tacet",
        "/tests/testdata/paper-small.tacet"}) {
    SCOPED_TRACE(name);
    const auto model = Model::LoadFile(std::string(TACET_SOURCE_DIR) + name);
    ASSERT_TRUE(model.ok()) << model.status();
    const ModelMetadata& m = (*model)->metadata();
    const NetworkWeights& w = (*model)->weights();
    std::mt19937 engine(1);
    std::normal_distribution<float> normal(1.0f, 0.5f);
    std::vector<S5State> states(w.layers.size(), S5State(m.num_states));
    Block features(m.feature.num_features()), x(m.hidden), o(m.num_outputs());
    AlignedArray<float> found(size_t{kBlockTokens} *
                              std::max(m.hidden, m.num_outputs()));
    for (int block = 0; block < kNumBlocks && !HasFailure(); ++block) {
      const int n = block % 2 == 0 ? kBlockTokens : 1 + 6 * block;
      for (int t = 0; t < n; ++t) {
        for (float& f : features.tokens[t]) f = normal(engine);
        Multiply(w.encoder, features.tokens[t], w.encoder_bias, x.tokens[t]);
      }
      kernels_->multiply(w.encoder, features.ToRows(), w.encoder_bias,
                         found.data());
      ExpectNear(found, x, n, "encoder");
      for (auto& token : x.tokens) ActivateAllResiduals(m.activation, token);
      for (size_t i = 0; i < states.size(); ++i) {
        CompareLayer(m, w.layers[i], n, &x, &states[i]);
      }
      for (int t = 0; t < n; ++t) {
        Multiply(w.decoder, x.tokens[t], w.decoder_bias, o.tokens[t]);
      }
      kernels_->multiply(w.decoder, x.ToRows(), w.decoder_bias, found.data());
      ExpectNear(found, o, n, "decoder");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, FloatBlockTest,
                         ::testing::Values("avx512", "avx2", "neon"),
                         KernelsName());

}  // namespace
}  // namespace tacet
