// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/stage_estimate.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/model/neuromorphic/tiny_network.h"

namespace tacet {
namespace {

void Set(Quantity* q, double v) { q->range = {v, v, v}; }

// Groups on a core and a router each: encoder, state, y and gate along the
// first row, the decoder below the gate.
class StageEstimateTest : public testing::Test {
 protected:
  double Nanoseconds(int group) const {
    return StageEstimate(graph_, chip_)
        .Nanoseconds(group, num_cores_,
                     PartitionGroup(graph_, chip_, group, num_cores_[group]));
  }

  TinyNetwork tiny_;
  NeuronGraph graph_{tiny_.weights()};
  Chip chip_ = RoomyChip();
  std::vector<int> num_cores_ = {1, 1, 1, 1, 1};
  static constexpr double kSent = StageEstimate::kShareSent;
};

// x, two values, goes to the state, to y and to the gate: all by the first
// link.
TEST_F(StageEstimateTest, CountsTheMessagesOfTheHeaviestLink) {
  Set(&chip_.hop_ns, 1);
  EXPECT_NEAR(Nanoseconds(0), 3 * 2 * kSent, 1e-2);
  // Re r and Im r to y; y to the gate.
  EXPECT_NEAR(Nanoseconds(1), 2 * kSent, 1e-2);
  EXPECT_NEAR(Nanoseconds(2), 2 * kSent, 1e-2);
}

TEST_F(StageEstimateTest, LinksBetweenRowsHaveAPriceOfTheirOwn) {
  Set(&chip_.hop_vertical_ns, 10);
  EXPECT_EQ(Nanoseconds(0), 0);
  EXPECT_NEAR(Nanoseconds(3), 10 * 2 * kSent, 1e-1);
  // Outputs are never 0, and go back to the corner.
  EXPECT_NEAR(Nanoseconds(4), 10 * 2, 1e-1);
}

TEST_F(StageEstimateTest, FeaturesTravelToEachCoreBeyondTheCorner) {
  Set(&chip_.hop_ns, 1);
  num_cores_[0] = 2;
  // Two features to the second core, and what the first core sends, half of x.
  EXPECT_NEAR(Nanoseconds(0), 2 + 3 * 1 * kSent, 1e-2);
}

TEST_F(StageEstimateTest, WithinARouterNothingTravels) {
  Set(&chip_.hop_ns, 1);
  Set(&chip_.hop_vertical_ns, 1);
  Set(&chip_.cores_per_router, 5);
  for (int g = 0; g < 5; ++g) EXPECT_EQ(Nanoseconds(g), 0);
}

// The encoder's three synapses; the decoder's too, but fewer values come.
TEST_F(StageEstimateTest, AllFeaturesAreSentAndAShareOfTheRest) {
  Set(&chip_.synapse_ns, 1);
  Set(&chip_.barrier_ns, 100);
  EXPECT_NEAR(Nanoseconds(0), 100 + 3, 1e-9);
  EXPECT_NEAR(Nanoseconds(4), 100 + 3 * kSent, 1e-9);
}

}  // namespace
}  // namespace tacet
