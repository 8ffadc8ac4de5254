// SPDX-License-Identifier: Apache-2.0
#include "model/slot_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

namespace tacet {
namespace {

TEST(SlotQueue, IsFirstInFirstOutAndBounded) {
  SlotQueue<int> queue(std::vector<int>(3));
  EXPECT_TRUE(queue.is_empty());
  EXPECT_EQ(queue.ReadSlot(), nullptr);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 3; ++i) {
      int* slot = queue.WriteSlot();
      ASSERT_NE(slot, nullptr);
      *slot = 10 * round + i;
      queue.Publish();
    }
    EXPECT_EQ(queue.WriteSlot(), nullptr);
    for (int i = 0; i < 3; ++i) {
      ASSERT_NE(queue.ReadSlot(), nullptr);
      EXPECT_EQ(*queue.ReadSlot(), 10 * round + i);
      queue.Release();
    }
    EXPECT_TRUE(queue.is_empty());
  }
}

// Under ThreadSanitizer this also proves that slots are published properly.
TEST(SlotQueue, HandsEachRecordFromThreadToThreadWhole) {
  constexpr int kRecords = 2000;
  SlotQueue<std::vector<int>> queue(
      std::vector<std::vector<int>>(4, std::vector<int>(8)));
  std::thread writer([&queue] {
    for (int i = 0; i < kRecords;) {
      std::vector<int>* slot = queue.WriteSlot();
      if (slot == nullptr) {
        std::this_thread::sleep_for(std::chrono::microseconds(20));
        continue;
      }
      std::fill(slot->begin(), slot->end(), i++);
      queue.Publish();
    }
  });
  for (int i = 0; i < kRecords;) {
    const std::vector<int>* slot = queue.ReadSlot();
    if (slot == nullptr) {
      std::this_thread::sleep_for(std::chrono::microseconds(20));
      continue;
    }
    ASSERT_EQ(*slot, std::vector<int>(8, i));
    ++i;
    queue.Release();
  }
  writer.join();
}

}  // namespace
}  // namespace tacet
