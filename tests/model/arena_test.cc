// SPDX-License-Identifier: Apache-2.0
#include "model/arena.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "model/fixed/estimator.h"
#include "model/fixed/network.h"
#include "model/float_estimator.h"
#include "model/network.h"

namespace tacet {
namespace {

TEST(Arena, CutsArraysOneAfterAnotherFromCacheLinesOn) {
  Arena arena(256);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(arena.bytes().data()) % 64, 0u);
  const ArenaVector<char> a(1, &arena), b(65, &arena), c(64, &arena);
  const auto offset = [&](const ArenaVector<char>& v) {
    return reinterpret_cast<const std::byte*>(v.data()) - arena.bytes().data();
  };
  EXPECT_EQ(offset(a), 0);
  EXPECT_EQ(offset(b), 64);
  EXPECT_EQ(offset(c), 192);
  EXPECT_EQ(arena.num_free_bytes(), 0u);
}

TEST(Arena, RefusesWhatHasNoRoomAndPutsItNowhereElse) {
  Arena arena(128);
  EXPECT_THROW(ArenaVector<char>(129, &arena), std::bad_alloc);
  EXPECT_EQ(arena.num_free_bytes(), 128u);
  const ArenaVector<char> a(65, &arena);
  EXPECT_THROW(ArenaVector<char>(1, &arena), std::bad_alloc);
}

// Collects arrays of an arena.
class Arrays {
 public:
  explicit Arrays(const Arena& arena) : arena_(arena) {}

  template <typename T>
  void Add(const ArenaVector<T>& array) {
    EXPECT_EQ(array.get_allocator().resource(), &arena_);
    const auto bytes = std::as_bytes(std::span(array));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes.data()) % 64, 0u);
    const auto block = arena_.bytes();
    EXPECT_GE(bytes.data(), block.data());
    EXPECT_LE(bytes.data() + bytes.size(), block.data() + block.size());
    size_ += Arena::RoundUp(bytes.size());
  }
  // Of all that were added.
  size_t size() const { return size_; }

 private:
  const Arena& arena_;
  size_t size_ = 0;
};

class NetworkArenaTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto model = Model::Builtin(GetParam());
    ASSERT_TRUE(model.ok()) << model.status();
    model_ = *model;
  }
  std::shared_ptr<const Model> model_;
};

// No byte is left over, so that no array of the arena was forgotten above.
TEST_P(NetworkArenaTest, AllOfTheFloatNetworkLiesInOneBlock) {
  const InArena<NetworkArrays> memory(*model_);
  Arrays arrays(memory.arena());
  arrays.Add(memory->state.layers());
  for (const S5State& layer : memory->state.layers()) {
    arrays.Add(layer.re);
    arrays.Add(layer.im);
  }
  const S5Scratch& s = memory->scratch.layer;
  for (const auto* v : {&memory->scratch.x, &s.v_re, &s.v_im, &s.r_re, &s.r_im,
                        &s.y, &s.gate, &memory->outputs}) {
    arrays.Add(*v);
  }
  EXPECT_EQ(arrays.size(), memory.arena().bytes().size());
  EXPECT_EQ(memory.arena().num_free_bytes(), 0u);
  EXPECT_EQ(FloatEstimator(model_).arena_bytes(), arrays.size());
}

TEST_P(NetworkArenaTest, AllOfTheFixedNetworkLiesInOneBlock) {
  const InArena<FixedArrays> memory(*model_->fixed());
  Arrays arrays(memory.arena());
  arrays.Add(memory->state.layers());
  for (const FixedS5State& layer : memory->state.layers()) {
    arrays.Add(layer.re);
    arrays.Add(layer.im);
  }
  const FixedS5Scratch& s = memory->scratch.layer;
  for (const auto* v : {&memory->scratch.acc, &s.acc_re, &s.acc_im, &s.acc}) {
    arrays.Add(*v);
  }
  for (const auto* v : {&memory->scratch.x, &s.r_re, &s.r_im, &s.y, &s.gate,
                        &memory->features, &memory->outputs}) {
    arrays.Add(*v);
  }
  EXPECT_EQ(arrays.size(), memory.arena().bytes().size());
  EXPECT_EQ(memory.arena().num_free_bytes(), 0u);
  EXPECT_EQ(FixedEstimator(model_).arena_bytes(), arrays.size());
}

// The least first-level data cache of the processors of the last ten years.
TEST_P(NetworkArenaTest, FitsTheFirstLevelCache) {
  constexpr size_t kFirstLevelBytes = 32 << 10;
  EXPECT_LE(FloatEstimator(model_).arena_bytes(), kFirstLevelBytes);
  EXPECT_LE(FixedEstimator(model_).arena_bytes(), kFirstLevelBytes);
}

INSTANTIATE_TEST_SUITE_P(Builtin, NetworkArenaTest,
                         ::testing::ValuesIn(Model::BuiltinNames()),
                         [](const auto& model) {
                           std::string name = model.param;
                           for (char& c : name) {
                             if (c == '-') c = '_';
                           }
                           return name;
                         });

}  // namespace
}  // namespace tacet
