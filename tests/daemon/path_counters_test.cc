// SPDX-License-Identifier: Apache-2.0
#include "daemon/path_counters.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/daemon/audio_path_support.h"

namespace tacet {

// What lies in an AudioPath, for faults that its own code would not make.
class BrokenParts {
 public:
  static SpscRing& Ring(AudioPath* path) { return path->bridge_->ring_; }
  static StreamSlot& Slot(AudioPath* path) { return *path->slot_; }
};

namespace {

constexpr int kPeriod = 256;

// One channel on two clocks, both the same, in a time of its own.
class TwoClockPath {
 public:
  TwoClockPath() : path_(MakePath(UnitSource())) {
    EXPECT_TRUE(path_->Configure(Format(1), Format(1), ClockDomain::kTwo).ok());
    Run(200);
  }

  void Capture() {
    const float* const in[] = {in_.data()};
    path_->Capture(in, kPeriod, Ns(captures_++));
  }
  void Playback() {
    float* const out[] = {out_.data()};
    path_->Playback(out, kPeriod, Ns(playbacks_++));
  }
  void Run(int cycles) {
    for (int i = 0; i < cycles; ++i) {
      Capture();
      Playback();
    }
  }

  AudioPath* path() { return path_.get(); }
  AudioCounters counters() const { return path_->counters(); }

 private:
  static int64_t Ns(int64_t cycle) {
    return int64_t{1'000'000'000} * kPeriod * (cycle + 1) / kRateHz;
  }

  std::unique_ptr<AudioPath> path_;
  Signal in_ = WhiteNoise(kPeriod, 1, 0.1f);
  Signal out_ = Signal(kPeriod);
  int64_t captures_ = 0, playbacks_ = 0;
};

// in + inserted + stretched - out - dropped: what ought to be in flight.
int64_t Remaining(const AudioCounters& c) {
  return c.frames_in + c.frames_inserted + c.frames_stretched - c.frames_out -
         c.frames_dropped;
}

TEST(PathCounters, InFlightIsWhatTheRingHolds) {
  TwoClockPath two;
  EXPECT_GT(two.counters().frames_in_flight, 0);
  EXPECT_EQ(two.counters().frames_in_flight, two.path()->ring().fill_frames);
  EXPECT_TRUE(IsBalanced(two.counters()));
}

TEST(PathCounters, ARingThatLosesFramesIsSeen) {
  TwoClockPath two;
  ASSERT_TRUE(IsBalanced(two.counters()));
  ASSERT_EQ(BrokenParts::Ring(two.path()).Skip(7), 7);
  two.Run(1);
  EXPECT_FALSE(IsBalanced(two.counters()));
  EXPECT_EQ(Remaining(two.counters()) - two.counters().frames_in_flight, 7);
  // Not forgotten by what follows.
  two.Run(100);
  ASSERT_TRUE(
      two.path()->Configure(Format(1), Format(1), ClockDomain::kOne).ok());
  EXPECT_EQ(Remaining(two.counters()) - two.counters().frames_in_flight, 7);
}

TEST(PathCounters, ARingThatDoublesFramesIsSeen) {
  TwoClockPath two;
  const std::vector<float> again(5);
  ASSERT_TRUE(BrokenParts::Ring(two.path()).Write(again));
  two.Run(1);
  EXPECT_FALSE(IsBalanced(two.counters()));
  EXPECT_EQ(Remaining(two.counters()) - two.counters().frames_in_flight, -5);
}

TEST(PathCounters, AnEngineThatPassesOnOtherThanItIsGivenIsSeen) {
  const auto path = MakePath(UnitSource());
  RunPath(path.get(), {WhiteNoise(4800, 1, 0.1f)}, 1);
  ASSERT_TRUE(IsBalanced(path->counters()));
  Signal block(9);
  const float* const in[] = {block.data()};
  float* const out[] = {block.data()};
  BrokenParts::Slot(path.get()).Process(in, out, 9);
  RunPath(path.get(), {WhiteNoise(kPeriod, 1, 0.1f)}, 1);
  EXPECT_FALSE(IsBalanced(path->counters()));
  EXPECT_EQ(Remaining(path->counters()), -9);
}

TEST(PathCounters, SilenceThatNobodyCountedIsSeen) {
  PathCounters counters;
  counters.frames_out.Add(480);
  EXPECT_TRUE(IsBalanced(counters.Snapshot()));  // the callback is under way
  counters.EndPlayback();
  EXPECT_FALSE(IsBalanced(counters.Snapshot()));
  counters.frames_inserted.Add(480);
  counters.EndPlayback();
  EXPECT_TRUE(IsBalanced(counters.Snapshot()));
}

// The threads go on as they like, so that the ring runs over and runs dry.
TEST(PathCounters, EverySnapshotIsBalancedWhileTwoThreadsCount) {
  TwoClockPath two;
  std::atomic<bool> is_over = false;
  std::thread capture([&] {
    while (!is_over) two.Capture();
  });
  std::thread playback([&] {
    while (!is_over) two.Playback();
  });
  AudioCounters last;
  bool is_balanced = true;
  for (int num_moved = 0; is_balanced && num_moved < 200;) {
    const AudioCounters now = two.counters();
    if (now == last) {
      std::this_thread::yield();  // the others may have but this processor
      continue;
    }
    ++num_moved;
    last = now;
    is_balanced = IsBalanced(now) && now.frames_in_flight >= 0;
  }
  is_over = true;
  capture.join();
  playback.join();
  EXPECT_TRUE(is_balanced) << "in flight " << last.frames_in_flight
                           << ", remaining " << Remaining(last);
}

}  // namespace
}  // namespace tacet
