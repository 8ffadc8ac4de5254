// SPDX-License-Identifier: Apache-2.0
#include "dsp/sample_fifo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

TEST(SampleFifo, GivesSamplesInOrderAcrossTheWrap) {
  SampleFifo fifo(7);
  std::vector<float> x(1000);
  std::iota(x.begin(), x.end(), 0.0f);
  std::vector<float> y(x.size());
  size_t written = 0;
  size_t read = 0;
  // Write 5 and read 3, 5, 3, ... as far as they fit: every alignment occurs.
  for (int turn = 0; read < x.size(); ++turn) {
    const size_t room = fifo.capacity() - fifo.size();
    const size_t in = std::min({size_t{5}, room, x.size() - written});
    fifo.Write(std::span(x).subspan(written, in));
    written += in;
    const size_t out = std::min<size_t>(turn % 2 == 0 ? 3 : 5, fifo.size());
    fifo.Read(std::span(y).subspan(read, out));
    read += out;
    ASSERT_EQ(fifo.size(), static_cast<int>(written - read));
  }
  EXPECT_EQ(y, x);
}

TEST(SampleFifo, HoldsItsCapacity) {
  SampleFifo fifo(4);
  const std::vector<float> x = {1, 2, 3, 4};
  std::vector<float> y(4);
  for (int round = 0; round < 3; ++round) {
    fifo.Write(x);
    EXPECT_EQ(fifo.size(), 4);
    fifo.Read(y);
    EXPECT_EQ(y, x);
  }
}

TEST(SampleFifo, ResetEmptiesIt) {
  SampleFifo fifo(4);
  fifo.Write(std::vector<float>{1, 2, 3});
  fifo.Reset();
  EXPECT_EQ(fifo.size(), 0);
  fifo.Write(std::vector<float>{5, 6, 7, 8});
  std::vector<float> y(4);
  fifo.Read(y);
  EXPECT_EQ(y, (std::vector<float>{5, 6, 7, 8}));
}

TEST(SampleFifo, ProcessIsRealtimeSafe) {
  SampleFifo fifo(10);
  std::vector<float> x(7, 1.0f);
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    for (int round = 0; round < 5; ++round) {
      fifo.Write(x);
      fifo.Read(x);
    }
    fifo.Reset();
  });
  EXPECT_EQ(counts.total(), 0);
}

}  // namespace
}  // namespace tacet
