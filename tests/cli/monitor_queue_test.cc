// SPDX-License-Identifier: Apache-2.0
#include "cli/monitor_queue.h"

#include <algorithm>
#include <memory>
#include <span>
#include <string>

#include "gtest/gtest.h"

namespace tacet {
namespace {

std::shared_ptr<const std::string> Event(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

// All that waits, read in pieces of this size.
std::string ReadAll(MonitorQueue* queue, size_t piece) {
  std::string all, bytes(piece, '\0');
  while (const size_t count = queue->Read(bytes)) {
    all += bytes.substr(0, count);
  }
  return all;
}

TEST(MonitorQueue, BytesComeInOrderWhateverThePieces) {
  for (const size_t piece : {1, 2, 3, 7, 100}) {
    MonitorQueue queue;
    for (const char* const text : {"one ", "two ", "three"}) {
      EXPECT_TRUE(queue.Push(Event(text)));
    }
    EXPECT_EQ(queue.num_bytes(), 13u);
    EXPECT_EQ(ReadAll(&queue, piece), "one two three") << piece;
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.num_bytes(), 0u);
  }
}

TEST(MonitorQueue, WholeEventsAreLeftOutWhenItIsFull) {
  MonitorQueue queue;
  const auto event = Event(std::string(MonitorQueue::kMaxBytes / 4, 'x'));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.Push(event));
  EXPECT_FALSE(queue.Push(Event("y")));
  EXPECT_EQ(queue.num_bytes(), MonitorQueue::kMaxBytes);
  // Half an event makes no room for a whole one, but for a smaller one.
  std::string bytes(event->size() / 2, '\0');
  EXPECT_EQ(queue.Read(bytes), bytes.size());
  EXPECT_FALSE(queue.Push(event));
  EXPECT_TRUE(queue.Push(Event("z")));
  const std::string rest = ReadAll(&queue, 4096);
  EXPECT_EQ(rest.size(), 4 * event->size() - bytes.size() + 1);
  EXPECT_EQ(rest.back(), 'z');
  EXPECT_EQ(std::count(rest.begin(), rest.end(), 'y'), 0);
}

TEST(MonitorQueue, NothingIsRefusedAsAnEvent) {
  MonitorQueue queue;
  EXPECT_FALSE(queue.Push(Event("")));
  EXPECT_FALSE(
      queue.Push(Event(std::string(MonitorQueue::kMaxBytes + 1, 'x'))));
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace tacet
