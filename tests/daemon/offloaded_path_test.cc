// SPDX-License-Identifier: Apache-2.0
// The network on another thread, in the daemon's audio path, on a sound card in
// virtual time.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "chips/chip_file.h"
#include "daemon/audio_path.h"
#include "daemon/fake_backend.h"
#include "gtest/gtest.h"
#include "model/fixed/estimator.h"
#include "model/neuromorphic/estimator.h"
#include "model/offload.h"
#include "tests/model/faulty_backend.h"

namespace tacet {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int kSeconds = 3;
constexpr double kHitShare = 0.3;

int64_t FrozenClock() noexcept { return 0; }

std::shared_ptr<const Model> Trained() {
  static const auto model =
      *Model::LoadFile(TACET_SOURCE_DIR "/tests/testdata/fixed/real.tacet");
  return model;
}

EstimatorSource Simulated() {
  static const auto network =
      *MapModel(*Trained(), *LoadChip(std::string(kDefaultChip)),
                CorePlacement::kCompact);
  return NeuromorphicEstimators(Trained(), network);
}

// The offloaded estimator that was made last, to wait for its worker.
class Watched {
 public:
  EstimatorSource Wrap(const EstimatorSource& source) {
    EstimatorSource wrapped = source;
    wrapped.make = [this, make = source.make] {
      auto estimator = make();
      last_ = static_cast<OffloadEstimator*>(estimator.get());
      return estimator;
    };
    return wrapped;
  }
  void Wait() const { last_->WaitUntilIdle(); }

 private:
  OffloadEstimator* last_ = nullptr;
};

struct Outcome {
  uint64_t hash;
  AudioCounters counters;
  double engine_ms;
  int64_t num_submitted, num_answered, num_missed, num_wrong, num_backoffs;
};

// waits: for the worker after each callback, so that no answer is late but by
// a fault.
Outcome Play(std::function<Fault(int64_t)> fault, bool waits = true,
             OffloadParams offload = {.max_misses = 1'000'000}) {
  auto plan = std::make_shared<FaultPlan>();
  plan->fault = std::move(fault);
  offload.clock = &TestClock;
  auto status = std::make_shared<OffloadStatus>();
  Watched watched;
  AudioPathParams path_params;
  path_params.engine = watched.Wrap(*OffloadEstimators(
      Faulty(Simulated(), plan), *FixedEstimators(Trained()), offload, status));
  path_params.clock = &FrozenClock;
  AudioPath path(path_params);
  FakeBackendParams params;
  // A hop is 384 frames: two hops never come at once.
  params.device.capture.period_frames = 256;
  params.device.playback.period_frames = 256;
  params.device.sink = [&](std::span<const float* const>, int, int64_t) {
    if (waits) watched.Wait();
  };
  FakeBackend backend(params);
  EXPECT_TRUE(backend.Start({}, &path).ok());
  backend.Advance(kSeconds * kSecond);
  plan->release = true;
  backend.Stop();
  const int64_t settled =
      status->num_answered + status->NumMissed() + status->num_dropped;
  EXPECT_EQ(status->num_submitted, settled + 1);  // the one that waits
  return {backend.output_hash(), path.counters(),      path.latency().window_ms,
          status->num_submitted, status->num_answered, status->NumMissed(),
          status->num_wrong,     status->num_backoffs};
}

bool IsHit(int64_t token) {
  return (static_cast<uint64_t>(token) * 2654435761u >> 7) % 10 <
         10 * kHitShare;
}

const Outcome& Undisturbed() {
  static const Outcome undisturbed = Play([](int64_t) { return Fault::kNone; });
  EXPECT_GT(undisturbed.num_answered, 0.99 * undisturbed.num_submitted);
  return undisturbed;
}

// The same latency, frames and hops; what they sound like is another matter.
void ExpectToFlowAsWithoutFaults(const Outcome& outcome) {
  EXPECT_EQ(outcome.engine_ms, Undisturbed().engine_ms);
  EXPECT_EQ(outcome.counters, Undisturbed().counters);
  EXPECT_TRUE(IsBalanced(outcome.counters));
  EXPECT_EQ(outcome.num_submitted, Undisturbed().num_submitted);
}

void ExpectAsWithoutFaults(const Outcome& outcome) {
  EXPECT_EQ(outcome.hash, Undisturbed().hash);
  ExpectToFlowAsWithoutFaults(outcome);
}

// Refused, lost, wrong, and no numbers: 30 % of the tokens, byte for byte the
// sound without.
TEST(OffloadedPath, ThirtyPercentMissedTokensChangeNoByte) {
  for (const Fault fault :
       {Fault::kRefuse, Fault::kLose, Fault::kWrong, Fault::kNoNumber}) {
    SCOPED_TRACE(static_cast<int>(fault));
    const Outcome outcome =
        Play([fault](int64_t t) { return IsHit(t) ? fault : Fault::kNone; });
    EXPECT_GT(outcome.num_missed, 0.25 * outcome.num_submitted);
    EXPECT_GT(outcome.num_answered, 0.25 * outcome.num_submitted);
    ExpectAsWithoutFaults(outcome);
  }
}

TEST(OffloadedPath, LateAnswersAndAStalledBackendChangeNoByte) {
  const Outcome late =
      Play([](int64_t t) { return IsHit(t) ? Fault::kDelay : Fault::kNone; });
  EXPECT_GT(late.num_missed, 0.25 * late.num_submitted);
  ExpectAsWithoutFaults(late);
  const Outcome stalled = Play(
      [](int64_t t) { return t == 20 ? Fault::kStall : Fault::kNone; }, false);
  EXPECT_GT(stalled.num_missed, 0.5 * stalled.num_submitted);
  ExpectAsWithoutFaults(stalled);
}

// It dies, and nothing comes in its place: it is left alone, again and again.
TEST(OffloadedPath, ADeadBackendChangesNoByte) {
  const Outcome dead = Play(
      [](int64_t t) { return t == 100 ? Fault::kDie : Fault::kNone; }, true,
      {.max_misses = 3, .min_backoff_hops = 10, .max_backoff_hops = 20});
  EXPECT_EQ(dead.num_answered, 100);
  EXPECT_GE(dead.num_backoffs, 5);
  ExpectAsWithoutFaults(dead);
}

// Without a shadow it is to be heard, but there is sound all the time, at the
// same latency, and each hop is accounted for.
TEST(OffloadedPath, HoldingTheMaskNeitherLosesNorShiftsASample) {
  const OffloadParams hold = {.fallback = OffloadFallback::kHold,
                              .max_misses = 1'000'000};
  const Outcome undisturbed =
      Play([](int64_t) { return Fault::kNone; }, true, hold);
  ExpectAsWithoutFaults(undisturbed);
  for (const Fault fault : {Fault::kRefuse, Fault::kLose, Fault::kDelay,
                            Fault::kNoNumber, Fault::kLoud}) {
    SCOPED_TRACE(static_cast<int>(fault));
    const Outcome outcome =
        Play([fault](int64_t t) { return IsHit(t) ? fault : Fault::kNone; },
             true, hold);
    EXPECT_GT(outcome.num_missed, 0.25 * outcome.num_submitted);
    EXPECT_GT(outcome.num_answered, 0.25 * outcome.num_submitted);
    EXPECT_NE(outcome.hash, undisturbed.hash);
    ExpectToFlowAsWithoutFaults(outcome);
  }
  for (const Fault fault : {Fault::kStall, Fault::kDie}) {
    SCOPED_TRACE(static_cast<int>(fault));
    const Outcome outcome =
        Play([fault](int64_t t) { return t == 20 ? fault : Fault::kNone; },
             fault == Fault::kDie,
             {.fallback = OffloadFallback::kHold, .max_misses = 3});
    EXPECT_GT(outcome.num_missed, 0.5 * outcome.num_submitted);
    EXPECT_GE(outcome.num_backoffs, 1);
    ExpectToFlowAsWithoutFaults(outcome);
  }
}

// An output that did not depend on the masks would pass the tests above.
TEST(OffloadedPath, TheOutputIsThatOfTheFixedNetworkAHopLater) {
  AudioPathParams params;
  params.engine = *FixedEstimators(Trained());
  params.clock = &FrozenClock;
  params.delay_hops = 1;
  AudioPath path(params);
  FakeBackendParams device;
  device.device.capture.period_frames = 256;
  device.device.playback.period_frames = 256;
  FakeBackend backend(device);
  ASSERT_TRUE(backend.Start({}, &path).ok());
  backend.Advance(kSeconds * kSecond);
  backend.Stop();
  const Outcome offloaded = Play([](int64_t) { return Fault::kNone; });
  EXPECT_EQ(backend.output_hash(), offloaded.hash);
  params.engine = FloatEstimators(Trained());
  AudioPath other(params);
  FakeBackend again(device);
  ASSERT_TRUE(again.Start({}, &other).ok());
  again.Advance(kSeconds * kSecond);
  again.Stop();
  EXPECT_NE(again.output_hash(), offloaded.hash);
}

}  // namespace
}  // namespace tacet
