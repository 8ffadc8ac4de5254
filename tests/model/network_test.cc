// SPDX-License-Identifier: Apache-2.0
#include "model/network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tests/model/make_model.h"
#include "tests/model/naive_network.h"

namespace tacet {
namespace {

std::vector<float> RandomFeatures(std::mt19937& engine) {
  std::vector<float> f(kNumModelBins);
  for (float& v : f) v = static_cast<float>(engine() / 4294967296.0 * 2);
  return f;
}

struct Runner {
  explicit Runner(const ModelSpec& spec)
      : model(MakeModel(spec)),
        network(model),
        state(*model),
        scratch(*model),
        outputs(model->metadata().num_outputs()) {}
  void Step(const std::vector<float>& f) {
    network.Step(f, state, scratch, outputs);
  }
  std::shared_ptr<const Model> model;
  Network network;
  NetworkState state;
  NetworkScratch scratch;
  std::vector<float> outputs;
};

void ExpectMatchesNaive(const ModelSpec& spec) {
  Runner runner(spec);
  NaiveNetwork naive(MakeModelFile(spec));
  std::mt19937 engine(7);
  double largest = 0, error = 0, varies = 0;
  float last = 0;
  for (int t = 0; t < 150; ++t) {
    const std::vector<float> f = RandomFeatures(engine);
    runner.Step(f);
    const Row expected = naive.Step(Row(f.begin(), f.end())).outputs;
    ASSERT_EQ(expected.size(), runner.outputs.size());
    for (size_t k = 0; k < expected.size(); ++k) {
      largest = std::max(largest, std::abs(expected[k]));
      error = std::max(error, std::abs(expected[k] - runner.outputs[k]));
    }
    varies = std::max<double>(varies, std::abs(runner.outputs[0] - last));
    last = runner.outputs[0];
  }
  EXPECT_LE(error, 1e-5 * largest);
  EXPECT_GT(largest, 0.1);
  EXPECT_GT(varies, 1e-3 * largest);
}

TEST(Network, MatchesANaiveDenseDoubleNetwork) {
  ModelSpec spec;
  ExpectMatchesNaive(spec);
  spec.state_activation = "relu_parts";
  spec.num_layers = 3;
  ExpectMatchesNaive(spec);
  spec.mask = "complex";
  spec.hidden = 31;
  spec.num_states = 17;
  spec.density = 0.1;
  ExpectMatchesNaive(spec);
}

TEST(Network, MatchesANaiveDenseDoubleTeacher) {
  ModelSpec spec;
  spec.activation = "gelu";
  spec.state_activation = "none";
  spec.density = 1.0;
  ExpectMatchesNaive(spec);
}

TEST(Network, ResetStartsANewStream) {
  Runner runner(ModelSpec{});
  std::mt19937 engine(1);
  const std::vector<float> probe = RandomFeatures(engine);
  runner.Step(probe);
  const std::vector<float> first = runner.outputs;
  runner.Step(probe);
  EXPECT_NE(runner.outputs, first);
  runner.state.Reset();
  runner.Step(probe);
  EXPECT_EQ(runner.outputs, first);
}

TEST(Network, ChannelsDoNotShareState) {
  Runner runner(ModelSpec{});
  NetworkState other(*runner.model);
  std::mt19937 engine(1);
  const std::vector<float> probe = RandomFeatures(engine);
  runner.Step(probe);
  const std::vector<float> first = runner.outputs;
  runner.network.Step(probe, other, runner.scratch, runner.outputs);
  EXPECT_EQ(runner.outputs, first);
}

TEST(NetworkState, ExportAndImportContinueExactly) {
  Runner a(ModelSpec{}), b(ModelSpec{});
  std::mt19937 engine(3);
  for (int t = 0; t < 20; ++t) a.Step(RandomFeatures(engine));
  ASSERT_EQ(a.state.size(), 2u * 8 * 2);
  std::vector<float> state(a.state.size());
  a.state.Export(state);
  ASSERT_TRUE(b.state.Import(state));
  for (int t = 0; t < 20; ++t) {
    const std::vector<float> f = RandomFeatures(engine);
    a.Step(f);
    b.Step(f);
    ASSERT_EQ(a.outputs, b.outputs);
  }
}

TEST(NetworkState, ImportRefusesWrongSizesAndNonFiniteValues) {
  Runner runner(ModelSpec{});
  std::mt19937 engine(3);
  runner.Step(RandomFeatures(engine));
  std::vector<float> before(runner.state.size()), after(before.size());
  runner.state.Export(before);
  std::vector<float> bad(before.size() + 1, 1.0f);
  EXPECT_FALSE(runner.state.Import(bad));
  bad.resize(before.size() - 1);
  EXPECT_FALSE(runner.state.Import(bad));
  bad.resize(before.size());
  bad.back() = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(runner.state.Import(bad));
  bad.back() = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(runner.state.Import(bad));
  runner.state.Export(after);
  EXPECT_EQ(before, after);
}

}  // namespace
}  // namespace tacet
