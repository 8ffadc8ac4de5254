// SPDX-License-Identifier: Apache-2.0
#include "model/s5_layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tacet {
namespace {

using ::testing::ElementsAre;

// Two states, two channels, all numbers exact in binary, worked out by hand:
//   a = (1/2, j/2)   scale = (1, 2)   B = [1 + 0j, j; 0, 1]
//   b_bias = (0, −1 + j/2)
//   c_re = [1 0; 0 1]   c_im = [0 1; −1 0]   d = (1/2, −1)   y_bias = (0, 1)
//   W_gate = 0, b_gate = 0, so that the gate is 1/2
class TwoStates : public ::testing::Test {
 protected:
  TwoStates() {
    w_.a_re = a_re_;
    w_.a_im = a_im_;
    w_.scale_re = scale_re_;
    w_.scale_im = zero_;
    w_.b_re = {2, 2, one_one_, diagonal_, diagonal_rows_};
    w_.b_im = {2, 2, one_, right_, upper_rows_};
    w_.b_bias_re = b_bias_re_;
    w_.b_bias_im = b_bias_im_;
    w_.c_re = {2, 2, one_one_, diagonal_, diagonal_rows_};
    w_.c_im = {2, 2, one_minus_one_, anti_diagonal_, diagonal_rows_};
    w_.d = d_;
    w_.y_bias = y_bias_;
    w_.gate = {2, 2, {}, {}, empty_rows_};
    w_.gate_bias = zero_;
  }

  void Step(const std::vector<float>& x, StateActivation activation) {
    StepS5Layer(w_, Activation::kRelu, activation, x, state_, scratch_, out_);
  }

  const std::vector<float> zero_ = {0, 0}, one_ = {1}, one_one_ = {1, 1};
  const std::vector<float> one_minus_one_ = {1, -1};
  const std::vector<float> a_re_ = {0.5, 0}, a_im_ = {0, 0.5};
  const std::vector<float> scale_re_ = {1, 2};
  const std::vector<float> b_bias_re_ = {0, -1}, b_bias_im_ = {0, 0.5};
  const std::vector<float> d_ = {0.5, -1}, y_bias_ = {0, 1};
  const std::vector<uint16_t> diagonal_ = {0, 1}, anti_diagonal_ = {1, 0};
  const std::vector<uint16_t> right_ = {1};
  const std::vector<uint32_t> diagonal_rows_ = {0, 1, 2};
  const std::vector<uint32_t> upper_rows_ = {0, 1, 1};
  const std::vector<uint32_t> empty_rows_ = {0, 0, 0};
  S5Weights w_;
  S5State state_{2};
  S5Scratch scratch_{2, 2};
  std::vector<float> out_ = {0, 0};
};

TEST_F(TwoStates, MatchTheHandExampleWithTheGate) {
  // v = (1·(1 + 2j), 2·(2 − 1 + j/2)) = (1 + 2j, 2 + j) = s, both open.
  // y = (1 + 1 + 1/2, 2 − 2 − 2 + 1) = (5/2, −1 → 0)
  // out = (5/4 + 1, 0 + 2)
  Step({1, 2}, StateActivation::kGateRe);
  EXPECT_THAT(state_.re, ElementsAre(1, 2));
  EXPECT_THAT(state_.im, ElementsAre(2, 1));
  EXPECT_THAT(scratch_.y, ElementsAre(2.5, 0));
  EXPECT_THAT(out_, ElementsAre(2.25, 2));

  // v = (j, 2·(1 − 1 + j/2)) = (j, j)
  // s = (1/2 + j + j, −1/2 + j + j) = (1/2 + 2j, −1/2 + 2j): the second shut
  // y = (1/2 + 0 + 0, 0 − 2 − 1 + 1 → 0)     out = (1/4, 1)
  Step({0, 1}, StateActivation::kGateRe);
  EXPECT_THAT(state_.re, ElementsAre(0.5, -0.5));
  EXPECT_THAT(state_.im, ElementsAre(2, 2));
  EXPECT_THAT(scratch_.y, ElementsAre(0.5, 0));
  EXPECT_THAT(out_, ElementsAre(0.25, 1));
}

TEST_F(TwoStates, MatchTheHandExampleWithPartsApart) {
  Step({1, 2}, StateActivation::kReluParts);
  EXPECT_THAT(out_, ElementsAre(2.25, 2));
  // r = (1/2 + 2j, 2j): y = (1/2 + 2, −2 − 1 + 1 → 0), out = (5/4, 1)
  Step({0, 1}, StateActivation::kReluParts);
  EXPECT_THAT(scratch_.y, ElementsAre(2.5, 0));
  EXPECT_THAT(out_, ElementsAre(1.25, 1));
}

TEST_F(TwoStates, MayWriteOverTheInput) {
  std::vector<float> x = {1, 2};
  StepS5Layer(w_, Activation::kRelu, StateActivation::kGateRe, x, state_,
              scratch_, x);
  EXPECT_THAT(x, ElementsAre(2.25, 2));
}

}  // namespace
}  // namespace tacet
