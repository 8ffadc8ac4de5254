// SPDX-License-Identifier: Apache-2.0
// An hour of silence through whole networks; label long.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "model/fixed/network.h"
#include "model/model.h"
#include "tests/model/fixed/golden_features.h"

namespace tacet {
namespace {

constexpr int kTokensAnHour = 3600 * 125;

// With 16 bits a unit is 256 times as large, and so is what stays: that is why
// 24 are the default (docs/fixed-point.md).
std::vector<std::string> ModelsWithStatesOf24Bits() {
  std::vector<std::string> models = ModelsWithIntegers();
  std::erase_if(models, [](const std::string& path) {
    const auto model = Model::LoadFile(path);
    return model.ok() && (*model)->fixed() != nullptr &&
           (*model)->fixed()->state_bits != 24;
  });
  return models;
}

class FixedSilence : public ::testing::TestWithParam<std::string> {};

// The biases go on in silence, so that a state does not end at 0 but near what
// a network reaches that heard nothing else: each is within sqrt(2)/(1 - |a|)
// of the exact recurrence. That holds while their inputs agree, hence for the
// first layer; further on it is the outputs that are compared.
TEST_P(FixedSilence, AnHourOfItForgetsWhatWasHeard) {
  const auto model = Model::LoadFile(GetParam());
  ASSERT_TRUE(model.ok()) << model.status();
  ASSERT_NE((*model)->fixed(), nullptr);
  const FixedWeights& w = *(*model)->fixed();
  const FixedSigmoid sigmoid;
  FixedState loud(w), fresh(w);
  FixedScratch scratch(w);
  std::vector<int16_t> features(w.num_features);
  std::vector<int16_t> after(w.decoder.bias.size()), expected(after.size());
  const auto step = [&](FixedState& state, std::vector<int16_t>& outputs) {
    StepFixedNetwork(w, ScalarFixedKernels(), sigmoid, features, state, scratch,
                     outputs);
  };
  std::mt19937 engine(1);
  for (int t = 0; t < 500; ++t) {
    for (int16_t& f : features) f = static_cast<int16_t>(engine() % 32768);
    step(loud, after);
  }
  std::ranges::fill(features, 0);
  for (int t = 0; t < kTokensAnHour; ++t) {
    step(loud, after);
    step(fresh, expected);
  }
  const FixedS5Weights& layer = w.layers[0];
  for (int p = 0; p < w.num_states; ++p) {
    const double a = std::hypot(layer.a_re[p], layer.a_im[p]) / 32768;
    const double distance =
        std::hypot(loud.layers()[0].re[p] - fresh.layers()[0].re[p],
                   loud.layers()[0].im[p] - fresh.layers()[0].im[p]);
    EXPECT_LE(distance, 2 * std::sqrt(2.0) / (1 - a)) << p;
  }
  double farthest = 0;
  for (size_t k = 0; k < after.size(); ++k) {
    farthest = std::max(farthest, std::abs(double(after[k]) - expected[k]));
  }
  double slowest = 0;
  for (const FixedS5Weights& each : w.layers) {
    for (int p = 0; p < w.num_states; ++p) {
      slowest = std::max(slowest, std::hypot(each.a_re[p], each.a_im[p]));
    }
  }
  std::printf("%s: slowest pole %.4f, outputs differ by at most %g units\n",
              StemOf(GetParam()).c_str(), slowest / 32768, farthest);
  // A hundredth of a sigmoid's argument.
  EXPECT_LE(farthest, 20);
}

INSTANTIATE_TEST_SUITE_P(Models, FixedSilence,
                         ::testing::ValuesIn(ModelsWithStatesOf24Bits()),
                         [](const auto& info) {
                           return TestNameOf(info.param);
                         });

}  // namespace
}  // namespace tacet
