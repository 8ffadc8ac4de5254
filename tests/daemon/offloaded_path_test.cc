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
  int64_t num_submitted, num_answered, num_missed, num_wrong;
};

// waits: for the worker after each callback, so that no answer is late but by
// a fault.
Outcome Play(std::function<Fault(int64_t)> fault, bool waits = true) {
  auto plan = std::make_shared<FaultPlan>();
  plan->fault = std::move(fault);
  OffloadParams offload;
  offload.clock = &TestClock;
  offload.max_misses = 1'000'000;
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
          status->num_wrong};
}

bool IsHit(int64_t token) {
  return (static_cast<uint64_t>(token) * 2654435761u >> 7) % 10 <
         10 * kHitShare;
}

void ExpectAsWithoutFaults(const Outcome& outcome) {
  static const Outcome undisturbed = Play([](int64_t) { return Fault::kNone; });
  ASSERT_GT(undisturbed.num_answered, 0.99 * undisturbed.num_submitted);
  EXPECT_EQ(outcome.hash, undisturbed.hash);
  EXPECT_EQ(outcome.engine_ms, undisturbed.engine_ms);
  EXPECT_EQ(outcome.counters, undisturbed.counters);
  EXPECT_TRUE(IsBalanced(outcome.counters));
  EXPECT_EQ(outcome.num_submitted, undisturbed.num_submitted);
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
