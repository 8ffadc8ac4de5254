// SPDX-License-Identifier: Apache-2.0
#include "model/offload.h"

#include <gtest/gtest.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "chips/chip_file.h"
#include "model/fixed/estimator.h"
#include "model/neuromorphic/estimator.h"
#include "model/stream.h"
#include "tests/model/engine_support.h"
#include "tests/model/faulty_backend.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

constexpr int kHop = 128;  // at 16 kHz

std::shared_ptr<const Model> Trained() {
  static const auto model =
      *Model::LoadFile(TACET_SOURCE_DIR "/tests/testdata/fixed/real.tacet");
  return model;
}

Signal Speech(int num_hops) {
  SF_INFO info = {};
  SNDFILE* const file =
      sf_open(TACET_SOURCE_DIR "/tests/testdata/miniset/noisy/00.flac",
              SFM_READ, &info);
  EXPECT_NE(file, nullptr);
  EXPECT_EQ(info.samplerate, 16000);
  Signal speech(num_hops * kHop);
  EXPECT_EQ(sf_read_float(file, speech.data(), speech.size()),
            static_cast<sf_count_t>(speech.size()));
  sf_close(file);
  return speech;
}

// In place.
void Process(Stream* stream, std::span<float> samples) {
  const float* const in[] = {samples.data()};
  float* const out[] = {samples.data()};
  stream->Process(in, out, static_cast<int>(samples.size()));
}

EstimatorSource Simulated() {
  static const auto network =
      *MapModel(*Trained(), *LoadChip(std::string(kDefaultChip)),
                CorePlacement::kCompact);
  return NeuromorphicEstimators(Trained(), network);
}

// A stream of one channel whose backend has as long as it takes.
class Rig {
 public:
  explicit Rig(std::shared_ptr<FaultPlan> plan, OffloadParams params = {})
      : status(std::make_shared<OffloadStatus>()) {
    params.clock = &TestClock;
    auto source = OffloadEstimators(
        Faulty(Simulated(), plan), *FixedEstimators(Trained()), params, status);
    EXPECT_TRUE(source.ok()) << source.status();
    const auto make = source->make;
    source->make = [this, make] {
      auto estimator = make();
      estimator_ = static_cast<OffloadEstimator*>(estimator.get());
      return estimator;
    };
    StreamParams stream_params;
    stream_params.sample_rate_hz = 16000;
    stream_params.window = Trained()->metadata().front_end.window;
    auto created = Stream::Create(*source, stream_params);
    EXPECT_TRUE(created.ok()) << created.status();
    stream = *std::move(created);
  }

  // waits: until the worker is idle after each hop, so that no answer is late
  // but by a fault.
  Signal Run(const Signal& in, bool waits = true) {
    Signal out = in;
    for (size_t at = 0; at + kHop <= out.size(); at += kHop) {
      Process(stream.get(), std::span(out).subspan(at, kHop));
      if (waits) estimator_->WaitUntilIdle();
    }
    return out;
  }

  OffloadEstimator& estimator() { return *estimator_; }

  // Every token is counted once.
  void ExpectAccountsBalance(int64_t num_waiting = 1) const {
    EXPECT_EQ(status->num_submitted, status->num_answered +
                                         status->NumMissed() +
                                         status->num_dropped + num_waiting);
  }

  std::shared_ptr<OffloadStatus> status;
  std::unique_ptr<Stream> stream;

 private:
  OffloadEstimator* estimator_ = nullptr;
};

OffloadParams Patient() {
  OffloadParams params;
  params.max_misses = 1000000;
  return params;
}

std::shared_ptr<FaultPlan> Plan(std::function<Fault(int64_t)> fault) {
  auto plan = std::make_shared<FaultPlan>();
  plan->fault = std::move(fault);
  return plan;
}

// 30 % of the tokens, scattered.
bool IsHit(int64_t token) {
  return (static_cast<uint64_t>(token) * 2654435761u >> 7) % 10 < 3;
}

// One hop later than the fixed backend, and otherwise the same.
TEST(Offload, DelaysTheSignalByItsHopAndNothingElse) {
  const Signal x = Speech(200);
  Rig rig(std::make_shared<FaultPlan>(), Patient());
  StreamParams params;
  params.sample_rate_hz = 16000;
  auto fixed = *Stream::Create(*FixedEstimators(Trained()), params);
  EXPECT_EQ(rig.stream->latency_samples(), fixed->latency_samples() + kHop);
  const Signal y = rig.Run(x);
  Signal expected = x;
  Process(fixed.get(), expected);
  EXPECT_TRUE(std::equal(y.begin() + kHop, y.end(), expected.begin()));
  EXPECT_EQ(rig.stream->counters().num_missing_masks, 0);
  EXPECT_EQ(rig.status->num_answered, rig.status->num_submitted - 1);
  rig.ExpectAccountsBalance();
}

// 30 % of the tokens miss, by each fault: the output is that without misses,
// byte for byte, and the misses are real.
TEST(Offload, WithAShadowMissesCannotBeHeard) {
  const Signal x = Speech(200);
  Rig undisturbed(std::make_shared<FaultPlan>(), Patient());
  const Signal expected = undisturbed.Run(x);
  for (const Fault fault : {Fault::kRefuse, Fault::kLose, Fault::kWrong,
                            Fault::kNoNumber, Fault::kLoud}) {
    Rig rig(
        Plan([fault](int64_t t) { return IsHit(t) ? fault : Fault::kNone; }),
        Patient());
    EXPECT_EQ(rig.Run(x), expected) << static_cast<int>(fault);
    EXPECT_GT(rig.status->NumMissed(), 40) << static_cast<int>(fault);
    EXPECT_GT(rig.status->num_answered, 40) << static_cast<int>(fault);
    // A backend that did not see a token goes wrong until it is told the state.
    const int64_t num_told =
        fault == Fault::kWrong ? rig.status->num_wrong : rig.status->num_failed;
    EXPECT_GT(num_told, 30) << static_cast<int>(fault);
    rig.ExpectAccountsBalance();
  }
}

// Real time does not wait: an answer that comes late is a miss, and late
// answers do not shift those that follow.
TEST(Offload, LateAnswersAreMissesAndDoNotShiftTheRest) {
  const Signal x = Speech(200);
  Rig undisturbed(std::make_shared<FaultPlan>(), Patient());
  const Signal expected = undisturbed.Run(x);
  Rig delayed(Plan([](int64_t t) {
                return t % 20 == 7 ? Fault::kDelay : Fault::kNone;
              }),
              Patient());
  EXPECT_EQ(delayed.Run(x), expected);
  EXPECT_GE(delayed.status->num_late, 8);
  EXPECT_GT(delayed.status->num_answered, 100);
  delayed.ExpectAccountsBalance();
  // No waiting at all: nearly every answer is late, and nothing else changes.
  Rig hurried(std::make_shared<FaultPlan>(), Patient());
  EXPECT_EQ(hurried.Run(x, false), expected);
  hurried.ExpectAccountsBalance();
}

TEST(Offload, ABackendThatDiesIsLeftAloneAndTriedAgainWithBackOff) {
  OffloadParams params;
  params.max_misses = 3;
  params.min_backoff_hops = 10;
  params.max_backoff_hops = 20;
  auto plan = std::make_shared<FaultPlan>();
  Rig undisturbed(std::make_shared<FaultPlan>(), Patient());
  const Signal x = Speech(400);
  const Signal expected = undisturbed.Run(x);
  Rig rig(plan, params);
  const auto part = [&x](int from, int to) {
    return Signal(x.begin() + from * kHop, x.begin() + to * kHop);
  };
  Signal y = rig.Run(part(0, 50));
  const auto append = [&y](const Signal& more) {
    y.insert(y.end(), more.begin(), more.end());
  };
  EXPECT_EQ(rig.status->num_backoffs, 0);
  plan->is_gone = true;
  plan->fault = [](int64_t) { return Fault::kRefuse; };
  append(rig.Run(part(50, 60)));
  EXPECT_EQ(rig.status->num_backoffs, 1);
  EXPECT_EQ(rig.status->num_backed_off, 1);
  EXPECT_EQ(rig.estimator().state(), OffloadState::kBackedOff);
  const int64_t tokens = plan->num_tokens;
  append(rig.Run(part(60, 150)));
  // 10 hops, 20, 20, 20: with the misses in between, four more at the most.
  EXPECT_GE(rig.status->num_backoffs, 4);
  EXPECT_LE(rig.status->num_backoffs, 6);
  EXPECT_EQ(plan->num_tokens, tokens);  // there is no backend to see them
  plan->fault = [](int64_t) { return Fault::kNone; };
  plan->is_gone = false;
  append(rig.Run(part(150, 400)));
  EXPECT_EQ(rig.estimator().state(), OffloadState::kRunning);
  EXPECT_EQ(rig.status->num_backed_off, 0);
  EXPECT_GT(rig.status->num_answered, 200);
  EXPECT_EQ(rig.status->num_wrong, 0);  // it took the state over
  EXPECT_EQ(y, expected);
  rig.ExpectAccountsBalance();
}

TEST(Offload, ABackendThatStallsHoldsNobodyUp) {
  OffloadParams params;
  params.max_misses = 3;
  params.min_backoff_hops = params.max_backoff_hops = 5;
  auto plan =
      Plan([](int64_t t) { return t == 20 ? Fault::kStall : Fault::kNone; });
  Rig undisturbed(std::make_shared<FaultPlan>(), Patient());
  const Signal x = Speech(300);
  const Signal expected = undisturbed.Run(x);
  Rig rig(plan, params);
  Signal y = rig.Run(Signal(x.begin(), x.begin() + 20 * kHop));
  const Signal more =
      rig.Run(Signal(x.begin() + 20 * kHop, x.begin() + 200 * kHop), false);
  y.insert(y.end(), more.begin(), more.end());
  EXPECT_GT(rig.status->num_backoffs, 2);
  EXPECT_GT(rig.status->num_not_sent, 100);  // the queue is full, too
  plan->release = true;
  rig.estimator().WaitUntilIdle();
  const Signal rest = rig.Run(Signal(x.begin() + 200 * kHop, x.end()));
  y.insert(y.end(), rest.begin(), rest.end());
  EXPECT_EQ(y, expected);
  EXPECT_EQ(rig.estimator().state(), OffloadState::kRunning);
  EXPECT_EQ(rig.status->num_wrong, 0);
  rig.ExpectAccountsBalance();
}

double MostJump(std::span<const float> y) {
  double most = 0;
  for (size_t n = 1; n < y.size(); ++n) {
    most = std::max(most, std::abs(static_cast<double>(y[n]) - y[n - 1]));
  }
  return most;
}

class OffloadHold : public testing::TestWithParam<Fault> {};

// Without a shadow: bursts of 1 to 8 missed tokens in speech.
TEST_P(OffloadHold, MakesNoClick) {
  OffloadParams params = Patient();
  params.fallback = OffloadFallback::kHold;
  const Signal x = Speech(600);
  Rig undisturbed(std::make_shared<FaultPlan>(), params);
  const Signal clean = undisturbed.Run(x);
  Rig rig(Plan([fault = GetParam()](int64_t t) {
            return t % 40 < t / 40 % 8 + 1 ? fault : Fault::kNone;
          }),
          params);
  const Signal y = rig.Run(x);
  EXPECT_GT(rig.status->NumMissed(), 50);
  EXPECT_GT(rig.status->num_answered, 400);
  EXPECT_EQ(rig.stream->counters().num_missing_masks, 0);
  rig.ExpectAccountsBalance();
  EXPECT_NE(y, clean);
  EXPECT_LE(MostJump(y), 1.5 * MostJump(clean));
  // The same per stretch with a burst and its recovery, where speech is on.
  for (int burst = 1; burst < 14; ++burst) {
    const int from = 40 * burst * kHop, length = 24 * kHop;
    const auto of = [&](const Signal& s) {
      return MostJump(std::span(s).subspan(from, length));
    };
    EXPECT_LE(of(y), 1.5 * std::max(of(clean), 1e-3)) << burst;
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, OffloadHold,
                         testing::Values(Fault::kRefuse, Fault::kLose,
                                         Fault::kDelay, Fault::kNoNumber,
                                         Fault::kLoud));

// Without a shadow nobody knows what the network would have said, but not this.
TEST(Offload, HoldingTakesNoMaskThatIsLouderThanTheInput) {
  OffloadParams params = Patient();
  params.fallback = OffloadFallback::kHold;
  const Signal x = Speech(300);
  Rig rig(Plan([](int64_t) { return Fault::kLoud; }), params);
  const Signal y = rig.Run(x);
  EXPECT_LE(MostJump(y), MostJump(x));
  EXPECT_EQ(rig.status->num_answered, 0);
  rig.ExpectAccountsBalance();
}

// It was refused all tokens of a stretch: the mask has come down to nothing.
TEST(Offload, HoldingDecaysToTheLimit) {
  OffloadParams params = Patient();
  params.fallback = OffloadFallback::kHold;
  Rig rig(
      Plan([](int64_t t) { return t >= 100 ? Fault::kRefuse : Fault::kNone; }),
      params);
  const Signal y = rig.Run(Speech(300));
  EXPECT_GT(MostJump(std::span(y).subspan(50 * kHop, 50 * kHop)), 1e-3);
  EXPECT_LT(MostJump(std::span(y).subspan(200 * kHop)), 1e-5);
}

// A new backend goes on with the state that the old one had after its last
// good token.
TEST(Offload, HoldingTakesTheStateOverToANewBackend) {
  OffloadParams params = Patient();
  params.fallback = OffloadFallback::kHold;
  const Signal x = Speech(200);
  const auto run = [&](std::shared_ptr<FaultPlan> plan) {
    Rig rig(plan, params);
    rig.Run(x);
    std::vector<float> state(rig.estimator().state_size());
    rig.estimator().ExportState(state);
    return state;
  };
  // Three refusals in a row end a backend; the network sees 3 tokens less.
  const auto restarted = run(Plan([](int64_t t) {
    return t >= 100 && t < 103 ? Fault::kRefuse : Fault::kNone;
  }));
  const auto undisturbed = run(std::make_shared<FaultPlan>());
  double difference = 0, size = 0;
  for (size_t i = 0; i < restarted.size(); ++i) {
    difference += std::pow(restarted[i] - undisturbed[i], 2);
    size += std::pow(undisturbed[i], 2);
  }
  EXPECT_GT(difference, 0);
  EXPECT_LT(difference, 0.05 * size);
}

TEST(Offload, ResetStartsANewStream) {
  const Signal x = Speech(50);
  Rig rig(std::make_shared<FaultPlan>(), Patient());
  const Signal first = rig.Run(x);
  EXPECT_NE(rig.Run(x), first);
  rig.stream->Reset();
  EXPECT_EQ(rig.Run(x), first);
  EXPECT_EQ(rig.status->num_wrong, 0);
  EXPECT_EQ(rig.status->num_dropped, 1);
  rig.ExpectAccountsBalance();
}

TEST(Offload, HandsItsStateOverAndTakesOneOver) {
  for (const auto fallback :
       {OffloadFallback::kShadow, OffloadFallback::kHold}) {
    OffloadParams params = Patient();
    params.fallback = fallback;
    Rig a(std::make_shared<FaultPlan>(), params);
    a.Run(Speech(50));
    std::vector<float> state(a.estimator().state_size());
    a.estimator().ExportState(state);
    EXPECT_NE(state, std::vector<float>(state.size()));
    Rig b(std::make_shared<FaultPlan>(), params);
    ASSERT_TRUE(b.estimator().ImportState(state));
    std::vector<float> back(state.size());
    b.estimator().ExportState(back);
    EXPECT_EQ(back, state);
    state[0] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_FALSE(b.estimator().ImportState(state));
  }
}

TEST(Offload, RefusesParamsOutOfRange) {
  const auto refusal = [](void (*change)(OffloadParams*)) {
    OffloadParams params;
    change(&params);
    const auto source =
        OffloadEstimators(Simulated(), *FixedEstimators(Trained()), params,
                          std::make_shared<OffloadStatus>());
    return source.ok() ? "accepted" : std::string(source.status().message());
  };
  EXPECT_EQ(refusal([](OffloadParams* p) { p->delay_hops = 0; }),
            "offload: delay in hops is 0, expected 1 to 4");
  EXPECT_EQ(refusal([](OffloadParams* p) { p->deadline_s = 0.009; }),
            "offload: deadline in seconds is 0.009, expected 0.0001 to 0.008");
  EXPECT_EQ(refusal([](OffloadParams* p) { p->max_backoff_hops = 1; }),
            "offload: longest back-off in hops is 1, expected 125 to 1e+06");
  EXPECT_EQ(refusal([](OffloadParams*) {}), "accepted");
}

// Through everything that the audio thread may meet.
TEST(Offload, TheAudioSideIsRealtimeSafe) {
  for (const auto fallback :
       {OffloadFallback::kShadow, OffloadFallback::kHold}) {
    OffloadParams params;
    params.fallback = fallback;
    params.max_misses = 2;
    params.min_backoff_hops = params.max_backoff_hops = 3;
    Rig rig(Plan([](int64_t t) { return static_cast<Fault>(t % 7); }), params);
    Signal x = Speech(100);
    std::vector<float> state(rig.estimator().state_size());
    const auto counts = CountRealtimeViolations([&] {
      for (size_t at = 0; at < x.size(); at += kHop) {
        Process(rig.stream.get(), std::span(x).subspan(at, kHop));
      }
      rig.estimator().ExportState(state);
      rig.estimator().ImportState(state);
      rig.stream->Reset();
    });
    EXPECT_EQ(counts.total(), 0);
  }
}

}  // namespace
}  // namespace tacet
