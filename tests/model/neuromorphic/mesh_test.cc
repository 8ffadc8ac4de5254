// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/mesh.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace tacet {
namespace {

TEST(Mesh, RoutesAlongTheRowFirst) {
  const Mesh mesh(3, 3);
  std::vector<uint32_t> load(mesh.num_links());
  mesh.Send({0, 0}, {2, 1}, 5, load);
  EXPECT_EQ(load[mesh.Link({0, 0}, Mesh::kEast)], 5u);
  EXPECT_EQ(load[mesh.Link({1, 0}, Mesh::kEast)], 5u);
  EXPECT_EQ(load[mesh.Link({2, 0}, Mesh::kSouth)], 5u);
  EXPECT_EQ(std::accumulate(load.begin(), load.end(), 0u), 15u);
  mesh.Send({2, 1}, {0, 0}, 1, load);
  EXPECT_EQ(load[mesh.Link({2, 1}, Mesh::kWest)], 1u);
  EXPECT_EQ(load[mesh.Link({1, 1}, Mesh::kWest)], 1u);
  EXPECT_EQ(load[mesh.Link({0, 1}, Mesh::kNorth)], 1u);
}

TEST(Mesh, LoadsAsManyLinksAsThereAreHops) {
  const Mesh mesh(8, 4);
  for (int a = 0; a < 32; ++a) {
    for (int b = 0; b < 32; ++b) {
      const Router from = {a % 8, a / 8}, to = {b % 8, b / 8};
      std::vector<uint32_t> load(mesh.num_links());
      mesh.Send(from, to, 1, load);
      EXPECT_EQ(
          std::accumulate(load.begin(), load.end(), 0),
          std::abs(from.column - to.column) + std::abs(from.row - to.row));
    }
  }
}

}  // namespace
}  // namespace tacet
