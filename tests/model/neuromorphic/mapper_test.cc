// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/mapper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "chips/chip_file.h"
#include "model/model.h"
#include "tests/model/neuromorphic/tiny_network.h"

namespace tacet {
namespace {

std::shared_ptr<const Model> Trained() {
  return *Model::LoadFile(TACET_SOURCE_DIR "/tests/testdata/fixed/real.tacet");
}

Chip Loihi2() { return *LoadChip("loihi2-estimate"); }

void Set(Quantity* q, double v) { q->range = {v, v, v}; }

double MostSynapses(const Mapping& mapping) {
  double most = 0;
  for (const MappedCore& core : mapping.cores) {
    double sum = 0;
    for (const SynapseBlock& b : core.part.blocks) {
      sum += static_cast<double>(b.num_synapses);
    }
    most = std::max(most, sum);
  }
  return most;
}

TEST(Mapper, EachNeuronIsInOneCoreOfItsGroup) {
  const auto model = Trained();
  const NeuronGraph graph(*model->fixed());
  for (const CorePlacement placement :
       {CorePlacement::kCompact, CorePlacement::kBalanced}) {
    const auto mapping = MapNetwork(graph, Loihi2(), placement);
    ASSERT_TRUE(mapping.ok()) << mapping.status();
    for (size_t g = 0; g < graph.groups.size(); ++g) {
      std::multiset<int> neurons;
      for (int c = mapping->first_core[g]; c < mapping->first_core[g + 1];
           ++c) {
        EXPECT_EQ(mapping->cores[c].group, static_cast<int>(g));
        for (const int n : mapping->cores[c].part.neurons) {
          neurons.insert(n);
          EXPECT_EQ(mapping->core_of[g][n], c);
        }
      }
      std::multiset<int> all;
      for (int n = 0; n < graph.groups[g].num_neurons; ++n) all.insert(n);
      EXPECT_EQ(neurons, all);
    }
  }
}

TEST(Mapper, GroupsAreEncoderThreeALayerAndDecoder) {
  const auto model = Trained();
  const NeuronGraph graph(*model->fixed());
  ASSERT_EQ(graph.groups.size(), 2 + 3 * model->fixed()->layers.size());
  EXPECT_EQ(graph.groups.front().name, "encoder");
  EXPECT_EQ(graph.groups[1].name, "layers.0.state");
  EXPECT_EQ(graph.groups[2].name, "layers.0.y");
  EXPECT_EQ(graph.groups[3].name, "layers.0.gate");
  EXPECT_EQ(graph.groups.back().name, "decoder");
}

// Where messages cost nothing: else more cores may not be worth them.
TEST(Mapper, BalancingShortensTheBusiestCore) {
  const auto model = Trained();
  const NeuronGraph graph(*model->fixed());
  Chip chip = Loihi2();
  Set(&chip.hop_ns, 0);
  Set(&chip.message_ns, 0);
  Set(&chip.receive_ns, 0);
  const auto compact = MapNetwork(graph, chip, CorePlacement::kCompact);
  const auto balanced = MapNetwork(graph, chip, CorePlacement::kBalanced);
  ASSERT_TRUE(compact.ok() && balanced.ok());
  EXPECT_LT(MostSynapses(*balanced), 0.5 * MostSynapses(*compact));
  EXPECT_LE(balanced->num_cores(), chip.cores());
}

// Features are never 0, what neurons send mostly is: a core of the encoder has
// more to do than one of another group with as many synapses.
TEST(Mapper, BalancingKnowsThatAllFeaturesAreSent) {
  const auto model = *Model::Builtin("large");
  const NeuronGraph graph(*model->fixed());
  const auto mapping = MapNetwork(graph, Loihi2(), CorePlacement::kBalanced);
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  std::vector<double> busiest(graph.groups.size());
  for (const MappedCore& core : mapping->cores) {
    double sum = 0;
    for (const SynapseBlock& b : core.part.blocks) {
      sum += static_cast<double>(b.num_synapses);
    }
    busiest[core.group] = std::max(busiest[core.group], sum);
  }
  const double rest = *std::max_element(busiest.begin() + 1, busiest.end());
  EXPECT_LT(busiest[0], rest);
}

TEST(Mapper, MessagesWithinARouterCrossNoLink) {
  const auto model = Trained();
  const NeuronGraph graph(*model->fixed());
  Chip chip = Loihi2();
  Set(&chip.cores_per_router, chip.num_cores.value());
  const auto free_links = MapNetwork(graph, chip, CorePlacement::kBalanced);
  Set(&chip.hop_ns, 1e4);
  const auto slow_links = MapNetwork(graph, chip, CorePlacement::kBalanced);
  ASSERT_TRUE(free_links.ok() && slow_links.ok());
  EXPECT_EQ(slow_links->num_cores(), free_links->num_cores());
  EXPECT_GT(slow_links->num_cores(), static_cast<int>(graph.groups.size()));
}

// The features of base, sent to more than one core of the corner's router, are
// no reason to leave the encoder on one, the slowest by far.
TEST(Mapper, BalancingSplitsTheEncoderBesideThePort) {
  const auto model = *Model::Builtin("base");
  const NeuronGraph graph(*model->fixed());
  const auto mapping = MapNetwork(graph, Loihi2(), CorePlacement::kBalanced);
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  EXPECT_GT(mapping->NumCores(0), 1);
}

TEST(Mapper, NoTwoCoresShareAPlaceBeyondTheRoutersRoom) {
  const auto model = Trained();
  const auto mapping = MapNetwork(NeuronGraph(*model->fixed()), Loihi2(),
                                  CorePlacement::kBalanced);
  std::map<std::pair<int, int>, int> at;
  for (const MappedCore& core : mapping->cores) {
    ASSERT_LT(core.column, 8);
    ASSERT_LT(core.row, 4);
    ASSERT_LE(++at[std::make_pair(core.column, core.row)], 4);
  }
}

// Each limit just met, then missed by one.
TEST(Mapper, ALimitHoldsToTheUnit) {
  TinyNetwork tiny;
  const NeuronGraph graph(tiny.weights());
  const auto fits = [&graph](Quantity Chip::*limit, double v) {
    Chip chip = RoomyChip();
    Set(&(chip.*limit), v);
    return MapNetwork(graph, chip, CorePlacement::kCompact).status();
  };
  // A state has 34 bytes, the most of all neurons.
  EXPECT_TRUE(fits(&Chip::neuron_state_bytes, 34).ok());
  EXPECT_EQ(fits(&Chip::neuron_state_bytes, 33).message(),
            "the network does not fit on chip roomy: group layers.0.state on 1 "
            "cores: state of a neuron in bytes is 34, at most 33: too much by "
            "1");
  // The state's core holds b_re and b_im, three synapses of a byte.
  EXPECT_TRUE(fits(&Chip::synapse_memory_bytes, 3).ok());
  EXPECT_EQ(fits(&Chip::synapse_memory_bytes, 2).message(),
            "the network does not fit on chip roomy: group layers.0.state on 1 "
            "cores: synaptic memory of a core in bytes is 3, at most 2: too "
            "much by 1");
  EXPECT_TRUE(fits(&Chip::core_memory_bytes, 37).ok());
  EXPECT_EQ(fits(&Chip::core_memory_bytes, 36).message(),
            "the network does not fit on chip roomy: group layers.0.state on 1 "
            "cores: memory of a core in bytes is 37, at most 36: too much by "
            "1");
  // The encoder's first neuron listens to two features, those of the gate to
  // their y, twice, and x.
  EXPECT_TRUE(fits(&Chip::max_fan_in, 2).ok());
  EXPECT_EQ(fits(&Chip::max_fan_in, 1).message(),
            "the network does not fit on chip roomy: group encoder on 2 "
            "cores: fan-in of a core is 2, at most 1: too much by 1");
  EXPECT_TRUE(fits(&Chip::num_cores, 5).ok());
  EXPECT_EQ(fits(&Chip::num_cores, 4).message(),
            "the network does not fit on chip roomy: all groups: cores needed "
            "are 5, at most 4: too many by 1");
  // Two neurons of the encoder, three destination cores each.
  EXPECT_TRUE(fits(&Chip::max_fan_out, 6).ok());
  EXPECT_EQ(fits(&Chip::max_fan_out, 5).message(),
            "the network does not fit on chip roomy: group encoder: fan-out of "
            "a core is 6, at most 5: too much by 1");
  EXPECT_TRUE(fits(&Chip::message_bits, 16).ok());
  EXPECT_EQ(fits(&Chip::message_bits, 15).message(),
            "the network does not fit on chip roomy: messages: bits are 16, at "
            "most 15");
  EXPECT_FALSE(fits(&Chip::weight_bits, 7).ok());
}

TEST(Mapper, AGroupThatIsTooLargeForACoreIsSplit) {
  TinyNetwork tiny;
  Chip chip = RoomyChip();
  Set(&chip.neurons_per_core, 1);
  Set(&chip.num_cores, 8);
  // Two neurons in four groups and one in the state: nine cores.
  EXPECT_FALSE(
      MapNetwork(NeuronGraph(tiny.weights()), chip, CorePlacement::kCompact)
          .ok());
  Set(&chip.mesh_rows, 3);
  Set(&chip.num_cores, 9);
  const auto mapping =
      MapNetwork(NeuronGraph(tiny.weights()), chip, CorePlacement::kCompact);
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  EXPECT_EQ(mapping->num_cores(), 9);
}

// [1 0; 1 1] sparse: three synapses; dense: four. The smaller is taken.
TEST(Partition, TakesTheSmallerEncoding) {
  TinyNetwork tiny;
  const NeuronGraph graph(tiny.weights());
  const int decoder = static_cast<int>(graph.groups.size()) - 1;
  Chip chip = RoomyChip();
  const auto block = [&] {
    return PartitionGroup(graph, chip, decoder, 1)[0].blocks[0];
  };
  EXPECT_FALSE(block().is_dense);
  EXPECT_EQ(block().bits, 3 * 8);
  Set(&chip.sparse_synapse_bits, 16);
  EXPECT_TRUE(block().is_dense);
  EXPECT_EQ(block().num_synapses, 4);
  EXPECT_EQ(block().bits, 4 * 8);
  Set(&chip.list_header_bits, 10);
  EXPECT_EQ(block().bits, 4 * 8 + 2 * 10);
}

}  // namespace
}  // namespace tacet
