// SPDX-License-Identifier: Apache-2.0
// Cost model and timeline on examples that are computed by hand.
#include "model/neuromorphic/timeline.h"

#include <gtest/gtest.h>

#include "tests/model/neuromorphic/tiny_network.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

void Set(Quantity* q, double low, double value, double high) {
  q->range = {low, value, high};
}

// Five groups of a core each.
std::shared_ptr<const CostModel> Model(const TinyNetwork& tiny,
                                       const Chip& chip) {
  auto network =
      MappedNetwork::Create(tiny.weights(), chip, CorePlacement::kCompact);
  EXPECT_TRUE(network.ok()) << network.status();
  return std::make_shared<const CostModel>(*network);
}

Chip PricedChip() {
  Chip chip = RoomyChip();
  Set(&chip.synapse_ns, 1, 2, 4);
  Set(&chip.memory_read_ns, 1, 3, 3);
  Set(&chip.neuron_ns, 5, 5, 5);
  Set(&chip.spike_ns, 0, 10, 10);
  Set(&chip.message_ns, 7, 7, 7);
  Set(&chip.receive_ns, 1, 1, 1);
  return chip;
}

TEST(CostModel, ACoreTakesItsLongestTermAndAtWorstTheSum) {
  TinyNetwork tiny;
  const auto model = Model(tiny, PricedChip());
  CoreCounts n;
  n.num_synapses = 100;  // 100, 200, 400
  n.num_reads = 50;      // 50, 150, 150
  n.num_neurons = 4;     // 20, 20 + 20, 40
  n.num_spiking = 2;
  n.num_sent = 1;      // 7
  n.num_received = 9;  // 9, the longer
  Bound bound = model->CoreTime(n);
  EXPECT_EQ(bound.ns, (Range{100, 200, 400 + 150 + 40 + 9}));
  EXPECT_EQ(bound.limit, Limit::kSynapses);
  n.num_synapses = 10;
  EXPECT_EQ(model->CoreTime(n).limit, Limit::kReads);
  n.num_reads = 0;
  EXPECT_EQ(model->CoreTime(n).limit, Limit::kNeurons);
  n.num_sent = 10;
  EXPECT_EQ(model->CoreTime(n).limit, Limit::kMessages);
  EXPECT_EQ(model->CoreTime(n).ns[kValue], 70);
}

TEST(CostModel, TheHeaviestLinkCountsByItsDirection) {
  TinyNetwork tiny;
  Chip chip = RoomyChip();
  Set(&chip.hop_ns, 1, 2, 3);
  Set(&chip.hop_vertical_ns, 10, 10, 10);
  const auto model = Model(tiny, chip);
  std::vector<uint32_t> load(model->network().num_links);
  const Mesh mesh(4, 2);
  load[mesh.Link({0, 0}, Mesh::kEast)] = 20;
  load[mesh.Link({1, 0}, Mesh::kEast)] = 7;
  EXPECT_EQ(model->LinkTime(load).ns, (Range{20, 40, 60}));
  load[mesh.Link({1, 0}, Mesh::kSouth)] = 5;
  EXPECT_EQ(model->LinkTime(load).ns, (Range{50, 50, 60}));
}

TEST(CostModel, EnergyIsTheSumOfCountsTimesPrices) {
  TinyNetwork tiny;
  Chip chip = RoomyChip();
  Set(&chip.synapse_pj, 1, 2, 3);
  Set(&chip.memory_read_pj, 0, 1, 1);
  Set(&chip.neuron_pj, 5, 5, 5);
  Set(&chip.neuron_idle_pj, 0, 1, 2);
  Set(&chip.spike_pj, 7, 7, 7);
  Set(&chip.message_pj, 11, 11, 11);
  Set(&chip.hop_pj, 13, 13, 13);
  Set(&chip.hop_vertical_pj, 17, 17, 17);
  Set(&chip.static_mw, 0, 2, 4);
  const auto model = Model(tiny, chip);
  TokenCounts counts = model->network().MakeCounts();
  counts.cores[0] = {10, 4, 9, 2, 1, 2};
  counts.cores[1] = {20, 0, 0, 1, 1, 1};
  const Mesh mesh(4, 2);
  counts.Links(0)[mesh.Link({0, 0}, Mesh::kEast)] = 3;
  counts.Links(4)[mesh.Link({0, 1}, Mesh::kNorth)] = 2;
  const double rest = 3 * 5 + 2 * 7 + 3 * 11 + 3 * 13 + 2 * 17;
  EXPECT_EQ(model->TokenEnergy(counts),
            (Range{30 + rest, 60 + 4 + rest, 90 + 4 + rest}));
  // Nine neurons, two of them the encoder's.
  EXPECT_EQ(model->IdleEnergy(0), (Range{0, 7, 14}));
  EXPECT_EQ(model->StaticEnergy({100, 100, 100}), (Range{0, 200, 400}));
}

// The group's core does `synapses` operations.
TokenCounts Token(const CostModel& model, std::vector<uint32_t> synapses) {
  TokenCounts counts = model.network().MakeCounts();
  for (size_t c = 0; c < synapses.size(); ++c) {
    counts.cores[c].num_synapses = synapses[c];
  }
  return counts;
}

TEST(Timeline, FallThroughAddsTheStagesOfAToken) {
  TinyNetwork tiny;
  Chip chip = RoomyChip();
  Set(&chip.synapse_ns, 1, 1, 1);
  Set(&chip.barrier_ns, 10, 100, 100);
  Set(&chip.static_mw, 1, 1, 1);
  Set(&chip.synapse_pj, 1, 1, 1);
  const auto model = Model(tiny, chip);
  Timeline timeline(model, ExecutionMode::kFallThrough);
  TokenCost cost;
  ASSERT_TRUE(timeline.Add(Token(*model, {5, 4, 30, 2, 1}), &cost));
  EXPECT_EQ(cost.latency_ns, (Range{42 + 50, 42 + 500, 42 + 500}));
  EXPECT_EQ(cost.period_ns, cost.latency_ns);
  EXPECT_EQ(cost.dynamic_pj, (Range{42, 42, 42}));
  EXPECT_EQ(cost.energy_pj[kValue], 42 + 542);
  ASSERT_EQ(timeline.slices().size(), 5u);
  EXPECT_EQ(timeline.slices()[2].start_ns, 105 + 104);
  EXPECT_EQ(timeline.slices()[2].busy_ns, 30);
  EXPECT_EQ(timeline.slices()[2].step_ns, 130);
  TokenCost next;
  EXPECT_FALSE(timeline.Drain(&next));
}

TEST(Timeline, IdleNeuronsCountInFallThrough) {
  TinyNetwork tiny;
  Chip chip = RoomyChip();
  Set(&chip.neuron_idle_ns, 0, 10, 10);
  Set(&chip.neuron_idle_pj, 0, 1, 1);
  const auto model = Model(tiny, chip);
  Timeline timeline(model, ExecutionMode::kFallThrough);
  TokenCost cost;
  timeline.Add(Token(*model, {}), &cost);
  EXPECT_EQ(cost.latency_ns, (Range{0, 5 * 20, 5 * 20}));  // two a core
  EXPECT_EQ(cost.dynamic_pj, (Range{0, 4 * 9, 4 * 9}));
}

// Steps: 7 | 3, 9 | 5 | 1, 1 | 1. A token's stage g meets the one behind it at
// stage g − 1; the slower decides.
TEST(Timeline, PipelinedStepsAreAsLongAsTheSlowestStage) {
  TinyNetwork tiny;
  Chip chip = RoomyChip();
  Set(&chip.synapse_ns, 1, 1, 1);
  Set(&chip.barrier_ns, 100, 100, 100);
  const auto model = Model(tiny, chip);
  Timeline timeline(model, ExecutionMode::kPipelined);
  TokenCost cost;
  EXPECT_FALSE(timeline.Add(Token(*model, {7, 3, 5, 1, 1}), &cost));
  EXPECT_FALSE(timeline.Add(Token(*model, {9, 2, 1, 1, 50}), &cost));
  ASSERT_TRUE(timeline.Drain(&cost));
  EXPECT_EQ(cost.latency_ns[kValue], 500 + 7 + 9 + 5 + 1 + 1);
  EXPECT_EQ(cost.period_ns[kValue], 101);
  ASSERT_TRUE(timeline.Drain(&cost));
  EXPECT_EQ(cost.latency_ns[kValue], 500 + 9 + 5 + 1 + 1 + 50);
  EXPECT_EQ(cost.period_ns[kValue], 150);
  EXPECT_FALSE(timeline.Drain(&cost));
}

// Links of all tokens in the mesh at one step add up.
TEST(Timeline, PipelinedTokensShareTheLinks) {
  TinyNetwork tiny;
  Chip chip = RoomyChip();
  Set(&chip.hop_ns, 1, 1, 1);
  const auto model = Model(tiny, chip);
  Timeline timeline(model, ExecutionMode::kPipelined);
  TokenCounts counts = Token(*model, {});
  const size_t link = Mesh(4, 2).Link({1, 0}, Mesh::kEast);
  counts.Links(0)[link] = 30;
  counts.Links(1)[link] = 4;
  TokenCost cost;
  timeline.Add(counts, &cost);
  EXPECT_EQ(timeline.slices()[0].step_ns, 30);
  timeline.Add(counts, &cost);
  EXPECT_EQ(timeline.slices()[0].step_ns, 34);
  EXPECT_EQ(timeline.slices()[0].bound.limit, Limit::kLinks);
}

TEST(Timeline, AddIsRealtimeSafe) {
  TinyNetwork tiny;
  const auto model = Model(tiny, PricedChip());
  for (const auto mode :
       {ExecutionMode::kFallThrough, ExecutionMode::kPipelined}) {
    Timeline timeline(model, mode);
    const TokenCounts counts = Token(*model, {1, 2, 3, 4, 5});
    TokenCost cost;
    const auto found = CountRealtimeViolations([&] {
      for (int i = 0; i < 20; ++i) timeline.Add(counts, &cost);
      timeline.Drain(&cost);
    });
    EXPECT_EQ(found.total(), 0);
  }
}

}  // namespace
}  // namespace tacet
