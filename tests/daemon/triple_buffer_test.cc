// SPDX-License-Identifier: Apache-2.0
#include "daemon/triple_buffer.h"

#include <array>
#include <cstdint>
#include <thread>

#include "gtest/gtest.h"

namespace tacet {
namespace {

TEST(TripleBuffer, GivesTheLatestValueAgainAndAgain) {
  TripleBuffer<int> buffer;
  EXPECT_EQ(buffer.Read(), 0);
  buffer.Write(1);
  buffer.Write(2);
  EXPECT_EQ(buffer.Read(), 2);
  EXPECT_EQ(buffer.Read(), 2);
  buffer.Write(3);
  EXPECT_EQ(buffer.Read(), 3);
}

TEST(TripleBuffer, NeverShowsHalfAValueNorAnOlderOne) {
  constexpr int64_t kLast = 300000;
  TripleBuffer<std::array<int64_t, 4>> buffer;
  std::thread writer([&buffer] {
    for (int64_t i = 1; i <= kLast; ++i) buffer.Write({i, i, i, i});
  });
  int torn = 0;
  int backward = 0;
  int64_t newest = 0;
  while (newest < kLast) {
    const std::array<int64_t, 4> value = buffer.Read();
    for (const int64_t part : value) torn += part != value[0];
    backward += value[0] < newest;
    newest = value[0];
  }
  writer.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(backward, 0);
}

}  // namespace
}  // namespace tacet
