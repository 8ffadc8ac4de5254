// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/executor.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "chips/chip_file.h"
#include "model/model.h"
#include "tests/model/fixed/golden_features.h"
#include "tests/model/fixed/make_fixed_model.h"
#include "tests/model/neuromorphic/simulator_hash.h"
#include "tests/model/neuromorphic/tiny_network.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

std::shared_ptr<const MappedNetwork> Mapped(const FixedWeights& weights,
                                            const Chip& chip,
                                            CorePlacement placement) {
  auto network = MappedNetwork::Create(weights, chip, placement);
  EXPECT_TRUE(network.ok()) << network.status();
  return network.ok() ? *network : nullptr;
}

// Counts what the chip does the slow way: each message to each core, one by
// one, from the definition in docs/neuromorphic.md.
class NaiveCounter {
 public:
  NaiveCounter(const MappedNetwork& network) : n_(network) {}

  TokenCounts Count(const std::vector<std::vector<int16_t>>& values) {
    TokenCounts counts = n_.MakeCounts();
    for (size_t c = 0; c < counts.cores.size(); ++c) {
      counts.cores[c].num_neurons = n_.mapping.cores[c].part.neurons.size();
    }
    const int last = static_cast<int>(n_.graph.groups.size()) - 1;
    for (int source = kInput; source <= last; ++source) {
      std::set<int> spiking;
      for (size_t v = 0; v < values[source + 1].size(); ++v) {
        if (values[source + 1][v] == 0) continue;
        ++counts.values[source + 1];
        int sender = -1;
        if (source != kInput) {
          const int neuron = v % n_.graph.groups[source].num_neurons;
          sender = n_.mapping.core_of[source][neuron];
          if (spiking.insert(neuron).second) {
            ++counts.cores[sender].num_spiking;
          }
        }
        for (int core = 0; core < n_.mapping.num_cores(); ++core) {
          Message(source, sender, v, core, &counts);
        }
        if (source == last) Travel(last, sender, kPort, &counts);
      }
    }
    return counts;
  }

 private:
  void Message(int source, int sender, int value, int core,
               TokenCounts* counts) {
    const MappedCore& target = n_.mapping.cores[core];
    bool arrives = false;
    for (const SynapseBlock& block : target.part.blocks) {
      const Connection& c = n_.graph.connections[block.connection];
      const int column = value - c.first_value;
      if (c.source != source || column < 0 || column >= c.num_values) continue;
      int64_t synapses = 0;
      for (const int neuron : target.part.neurons) {
        synapses += HasSynapse(c, neuron, column);
      }
      if (synapses == 0) continue;
      if (block.is_dense) synapses = target.part.neurons.size();
      counts->cores[core].num_synapses += synapses;
      counts->cores[core].num_reads +=
          WordsOfList(n_.chip, block.is_dense, synapses);
      arrives = true;
    }
    if (!arrives) return;
    ++counts->cores[core].num_received;
    Travel(source, sender, {target.column, target.row}, counts);
  }

  static bool HasSynapse(const Connection& c, int neuron, int column) {
    if (c.matrix == nullptr) return neuron == column;
    for (uint32_t i = c.matrix->rows[neuron]; i < c.matrix->rows[neuron + 1];
         ++i) {
      if (c.matrix->columns[i] == column) return true;
    }
    return false;
  }

  void Travel(int source, int sender, Router to, TokenCounts* counts) {
    Router from = kPort;
    if (sender >= 0) {
      ++counts->cores[sender].num_sent;
      from = {n_.mapping.cores[sender].column, n_.mapping.cores[sender].row};
    }
    Mesh(n_.chip.columns(), n_.chip.rows())
        .Send(from, to, 1, counts->Links(std::max(source, 0)));
  }

  const MappedNetwork& n_;
};

// The values of all groups for a token, from the functions of model/fixed.
std::vector<std::vector<int16_t>> Values(const FixedWeights& w,
                                         std::span<const int16_t> features,
                                         FixedState& state) {
  FixedScratch scratch(w);
  const FixedKernels& kernels = ScalarFixedKernels();
  FixedSigmoid sigmoid;
  const std::span<int32_t> acc(scratch.acc);
  std::vector<std::vector<int16_t>> values;
  values.emplace_back(features.begin(), features.end());
  ApplyRelu(w.encoder, kernels, features, acc.first(scratch.x.size()),
            scratch.x);
  values.emplace_back(scratch.x.begin(), scratch.x.end());
  for (size_t i = 0; i < w.layers.size(); ++i) {
    StepFixedS5Layer(w.layers[i], kernels, sigmoid, w.state_activation,
                     scratch.x, state.layers()[i], scratch.layer, scratch.x);
    const FixedS5Scratch& layer = scratch.layer;
    std::vector<int16_t> r(layer.r_re.begin(), layer.r_re.end());
    r.insert(r.end(), layer.r_im.begin(), layer.r_im.end());
    values.push_back(r);
    values.emplace_back(layer.y.begin(), layer.y.end());
    values.emplace_back(scratch.x.begin(), scratch.x.end());
  }
  std::vector<int16_t> outputs(w.decoder.bias.size());
  Apply(w.decoder, kernels, scratch.x, acc.first(outputs.size()), outputs);
  values.push_back(outputs);
  return values;
}

void ExpectSameCounts(const TokenCounts& a, const TokenCounts& b) {
  EXPECT_EQ(a.values, b.values);
  EXPECT_EQ(a.links, b.links);
  ASSERT_EQ(a.cores.size(), b.cores.size());
  for (size_t c = 0; c < a.cores.size(); ++c) {
    EXPECT_EQ(a.cores[c], b.cores[c]) << "core " << c;
  }
}

class NeuromorphicGolden
    : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {};

// What the neurons hold and send, all stages of all tokens: the integers that
// NumPy made.
TEST_P(NeuromorphicGolden, IsBitExactWithFixedPoint) {
  const auto& [name, path] = GetParam();
  const auto model = *Model::LoadFile(path);
  ASSERT_NE(model->fixed(), nullptr);
  const GoldenFeatures golden(name, model->fixed()->num_features);
  ASSERT_GT(golden.num_tokens(), 0u);
  SimulatorHasher hasher(Mapped(*model->fixed(),
                                *LoadChip(std::string(kDefaultChip)),
                                CorePlacement::kCompact));
  for (size_t t = 0; t < golden.num_tokens(); ++t) {
    hasher.Step(golden.token(t));
  }
  golden.Expect(hasher.hashes(), path);
}

INSTANTIATE_TEST_SUITE_P(
    Models, NeuromorphicGolden,
    ::testing::Combine(::testing::Values("golden", "speech"),
                       ::testing::ValuesIn(ModelsWithIntegers())),
    [](const auto& info) {
      return std::get<0>(info.param) + "_" +
             TestNameOf(std::get<1>(info.param));
    });

// features 3, 0: x = 3, 0;  s = 3 + 0j;  y = 3 + 3, 0;  gate = sigmoid(6/2^11)
// = 1/2 and a little;  x' = round(6·16432/2^15 + 3) = 6, 0;  o = 6, 6.
TEST(NeuromorphicExecutor, CountsATokenThatIsCountedByHand) {
  TinyNetwork tiny;
  const auto network =
      Mapped(tiny.weights(), RoomyChip(), CorePlacement::kCompact);
  ASSERT_EQ(network->mapping.num_cores(), 5);  // one a group, in a row of 4
  NeuromorphicExecutor executor(network);
  TokenCounts counts = network->MakeCounts();
  FixedState state(tiny.weights());
  std::vector<int16_t> outputs(2);
  executor.Step(std::vector<int16_t>{3, 0}, state, outputs, &counts);
  EXPECT_EQ(outputs, (std::vector<int16_t>{6, 6}));
  EXPECT_EQ(state.layers()[0].re[0], 3);
  EXPECT_EQ(counts.values, (std::vector<uint32_t>{1, 1, 1, 1, 1, 2}));
  // synapses, reads, received, sent, spiking, neurons
  const std::vector<CoreCounts> expected = {
      {1, 1, 1, 3, 1, 2},  // encoder: 3 to row 0; x_0 to state, y and gate
      {1, 1, 1, 1, 1, 1},  // state: b_re alone; Re r to y
      {2, 2, 2, 1, 1, 2},  // y: c_re and d; y_0 to the gate
      {3, 3, 2, 1, 1, 2},  // gate: y_0 by matrix and one to one, x_0
      {2, 1, 1, 2, 2, 2},  // decoder: x'_0 to both rows; both leave
  };
  EXPECT_EQ(counts.cores, expected);
  // Cores 0..3 lie in row 0 from west to east, core 4 below core 3.
  const Mesh mesh(4, 2);
  const auto load = [&](int group, Router from, Mesh::Direction direction) {
    return counts.Links(group)[mesh.Link(from, direction)];
  };
  EXPECT_EQ(load(0, {0, 0}, Mesh::kEast), 3u);  // features are at home
  EXPECT_EQ(load(0, {1, 0}, Mesh::kEast), 2u);
  EXPECT_EQ(load(0, {2, 0}, Mesh::kEast), 1u);
  EXPECT_EQ(load(1, {1, 0}, Mesh::kEast), 1u);
  EXPECT_EQ(load(2, {2, 0}, Mesh::kEast), 1u);
  EXPECT_EQ(load(3, {3, 0}, Mesh::kSouth), 1u);
  EXPECT_EQ(load(4, {3, 1}, Mesh::kWest), 2u);  // back to the port
  EXPECT_EQ(load(4, {0, 1}, Mesh::kNorth), 2u);
}

TEST(NeuromorphicExecutor, AZeroSendsNothing) {
  TinyNetwork tiny;
  const auto network =
      Mapped(tiny.weights(), RoomyChip(), CorePlacement::kCompact);
  NeuromorphicExecutor executor(network);
  TokenCounts counts = network->MakeCounts();
  FixedState state(tiny.weights());
  std::vector<int16_t> outputs(2);
  executor.Step(std::vector<int16_t>{0, 0}, state, outputs, &counts);
  for (const CoreCounts& core : counts.cores) {
    EXPECT_EQ(core, (CoreCounts{0, 0, 0, 0, 0, core.num_neurons}));
  }
  for (const uint32_t load : counts.links) EXPECT_EQ(load, 0u);
}

// A trained network on many cores, sparse and dense blocks, both placements.
TEST(NeuromorphicExecutor, CountsAsIfEachMessageWereDelivered) {
  const auto model = *Model::LoadFile(std::string(kFixedFolder) + "real.tacet");
  const FixedWeights& weights = *model->fixed();
  for (const CorePlacement placement :
       {CorePlacement::kCompact, CorePlacement::kBalanced}) {
    Chip chip = *LoadChip(std::string(kDefaultChip));
    const auto network = Mapped(weights, chip, placement);
    NeuromorphicExecutor executor(network);
    TokenCounts counts = network->MakeCounts();
    FixedState state(weights), reference(weights);
    std::vector<int16_t> outputs(weights.decoder.bias.size());
    std::mt19937 engine(7);
    for (int t = 0; t < 5; ++t) {
      std::vector<int16_t> f(kNumModelBins);
      for (int16_t& v : f) v = engine() % 3 == 0 ? 0 : engine() % 20000;
      executor.Step(f, state, outputs, &counts);
      const auto values = Values(weights, f, reference);
      ExpectSameCounts(counts, NaiveCounter(*network).Count(values));
    }
  }
}

TEST(NeuromorphicExecutor, StepIsRealtimeSafe) {
  const auto model = MakeFixedModel(ModelSpec{});
  const auto network =
      Mapped(*model->fixed(), *LoadChip(std::string(kDefaultChip)),
             CorePlacement::kBalanced);
  NeuromorphicExecutor executor(network);
  TokenCounts counts = network->MakeCounts();
  FixedState state(*model->fixed());
  std::vector<int16_t> f(kNumModelBins, 1000);
  std::vector<int16_t> outputs(model->fixed()->decoder.bias.size());
  const auto found = CountRealtimeViolations(
      [&] { executor.Step(f, state, outputs, &counts); });
  EXPECT_EQ(found.total(), 0);
}

}  // namespace
}  // namespace tacet
