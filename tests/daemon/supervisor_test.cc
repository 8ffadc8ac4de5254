// SPDX-License-Identifier: Apache-2.0
#include "daemon/supervisor.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/fake_backend.h"
#include "gtest/gtest.h"
#include "model/unit_estimator.h"
#include "tests/model/engine_support.h"

namespace tacet {
namespace {

using Kind = FakeEvent::Kind;

constexpr int64_t kStepNs = 10'000'000;

// Audio that takes this share of its time in the callback's clock.
std::atomic<int64_t> callback_ns = 0;
std::atomic<int64_t> virtual_ns = 0;
int64_t VirtualClock() noexcept {
  return virtual_ns.fetch_add(callback_ns) + callback_ns;
}

NamedEngine Engine(const std::string& name,
                   WindowKind window = WindowKind::kSqrtHann) {
  return {.name = name, .source = "builtin", .engine = UnitSource(window)};
}

// A supervisor over a fake backend; both live in virtual time.
class World {
 public:
  explicit World(const FakeBackendParams& fake,
                 std::optional<NamedEngine> smaller = {},
                 const RecoveryStatus& recovery = {},
                 std::optional<int64_t> failed_ns = {},
                 std::optional<NamedEngine> smallest = {})
      : path_(PathParams()),
        log_(
            LogLevel::kDebug,
            [this](std::string_view line) { log_text_ += line; },
            [this] { return now_.monotonic_ns; }) {
    callback_ns = 0;
    auto backend = std::make_unique<FakeBackend>(fake);
    backend_ = backend.get();
    SupervisorParams params;
    params.backends.push_back(std::move(backend));
    params.engine = Engine("base");
    params.recovery = recovery;
    params.failed_ns = failed_ns;
    params.smaller_engine = [smaller, smallest](const NamedEngine& engine) {
      return engine.name == "base"    ? smaller
             : engine.name == "small" ? smallest
                                      : std::nullopt;
    };
    supervisor_ =
        std::make_unique<Supervisor>(std::move(params), &path_, &log_);
  }

  void RunUntil(double seconds) {
    const int64_t until_ns = static_cast<int64_t>(1e9 * seconds);
    while (now_.monotonic_ns < until_ns) {
      supervisor_->Tick(now_);
      backend_->Advance(kStepNs);
      now_.monotonic_ns += kStepNs;
      now_.boot_ns += kStepNs;
    }
  }
  // Before the first tick.
  void Pass(double seconds) {
    now_.monotonic_ns += static_cast<int64_t>(1e9 * seconds);
    now_.boot_ns = now_.monotonic_ns;
  }
  double seconds() const { return 1e-9 * now_.monotonic_ns; }
  void Sleep(double seconds) {
    now_.boot_ns += static_cast<int64_t>(1e9 * seconds);
  }

  DaemonStatus status() const {
    DaemonStatus status;
    supervisor_->AddTo(&status);
    return status;
  }
  Supervisor& supervisor() { return *supervisor_; }
  FakeBackend& backend() { return *backend_; }
  AudioPath& path() { return path_; }
  const std::string& log_text() const { return log_text_; }

 private:
  static AudioPathParams PathParams() {
    AudioPathParams params;
    params.engine = UnitSource();
    params.clock = &VirtualClock;
    return params;
  }

  SupervisorTime now_;
  std::string log_text_;
  AudioPath path_;
  Log log_;
  FakeBackend* backend_;
  std::unique_ptr<Supervisor> supervisor_;
};

FakeBackendParams WithEvents(const std::vector<FakeEvent>& events) {
  FakeBackendParams params;
  params.device.events = events;
  return params;
}

TEST(Supervisor, StartsAudio) {
  World world(WithEvents({}));
  EXPECT_EQ(world.supervisor().state(), DaemonState::kStarting);
  EXPECT_FALSE(world.supervisor().was_ready());
  world.RunUntil(0.1);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  EXPECT_TRUE(world.supervisor().was_ready());
  EXPECT_EQ(world.status().backend, "fake");
  EXPECT_EQ(world.status().model, "base");
  EXPECT_NEAR(world.status().latency.total_ms, 32.0, 1e-9);
}

TEST(Supervisor, WaitsForTheServerAtLogin) {
  World world(WithEvents({{Kind::kServerGone, 0.0, 30.0}}));
  world.RunUntil(29.9);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kStarting);
  EXPECT_FALSE(world.supervisor().was_ready());
  EXPECT_TRUE(world.supervisor().is_healthy());
  EXPECT_EQ(world.status().last_error, "fake: no server");
  world.RunUntil(31.0);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  // Waiting is no recovery.
  EXPECT_EQ(world.status().recovery.num_recoveries, 0);
}

TEST(Supervisor, AudioIsBackWithinASecondOfTheServerOrDevice) {
  for (const Kind kind : {Kind::kUnplug, Kind::kServerGone}) {
    for (const double gone_s : {0.3, 7.0, 100.0}) {
      World world(WithEvents({{kind, 10.0, gone_s}}));
      world.RunUntil(10.0 + gone_s - 0.02);
      EXPECT_EQ(world.supervisor().state(), DaemonState::kRecovering);
      world.RunUntil(11.0 + gone_s);
      EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
      const RecoveryStatus recovery = world.status().recovery;
      EXPECT_EQ(recovery.num_recoveries, 1);
      EXPECT_GE(recovery.last_duration_s, gone_s - 0.02);
      EXPECT_LE(recovery.last_duration_s, gone_s + 1.0);
      EXPECT_NE(recovery.last_cause, "");
    }
  }
}

TEST(Supervisor, PausesGrowUpToTheLongest) {
  World world(WithEvents({{Kind::kUnplug, 1.0, 60.0}}));
  world.RunUntil(60.0);
  // 50 + 100 + 200 + 400 ms, then one try in 800 ms.
  const std::string& log = world.log_text();
  EXPECT_NE(log.find("next_try_ms=50\n"), std::string::npos) << log;
  EXPECT_NE(log.find("next_try_ms=400\n"), std::string::npos);
  EXPECT_NE(log.find("next_try_ms=800\n"), std::string::npos);
  EXPECT_EQ(log.find("next_try_ms=1600"), std::string::npos);
}

TEST(Supervisor, NoCallbackInASecondIsAFailure) {
  World world(WithEvents({{Kind::kStallCapture, 10.0, 1.5}}));
  world.RunUntil(10.9);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  world.RunUntil(13.0);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  EXPECT_EQ(world.status().recovery.num_recoveries, 1);
  EXPECT_EQ(world.status().recovery.last_cause,
            "no callback from fake_microphone in 1 s");
  EXPECT_EQ(world.backend().num_starts(), 2);
}

TEST(Supervisor, IdleIsNoStall) {
  World world(WithEvents({{Kind::kNoListener, 1.0, 100.0}}));
  world.RunUntil(90.0);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kIdle);
  EXPECT_TRUE(world.supervisor().is_healthy());
  world.RunUntil(102.0);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  EXPECT_EQ(world.status().recovery.num_recoveries, 0);
}

TEST(Supervisor, RestartsAfterSleep) {
  World world(WithEvents({}));
  world.RunUntil(10.0);
  world.Sleep(3600.0);
  world.RunUntil(10.5);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  EXPECT_EQ(world.backend().num_starts(), 2);
  EXPECT_EQ(world.status().recovery.num_recoveries, 1);
  EXPECT_EQ(world.status().recovery.last_cause, "the machine slept for 3600 s");
  EXPECT_LT(world.status().recovery.last_duration_s, 1.0);
}

TEST(Supervisor, StepsDownAfterMissesAndNeverAdaptsOtherwise) {
  World world(WithEvents({}), Engine("small"));
  world.RunUntil(2.0);
  callback_ns = 3'000'000;  // two looks: 6 ms in a period of 5.3 ms
  world.RunUntil(2.03);
  EXPECT_EQ(world.status().model, "base");
  world.RunUntil(3.0);
  EXPECT_EQ(world.status().model, "small");
  EXPECT_EQ(world.status().stepped_down_from, "base");
  EXPECT_GT(world.status().counters.num_deadline_misses, 10);
  EXPECT_EQ(world.status().counters.num_swaps, 1);
  EXPECT_EQ(world.backend().num_starts(), 1);
}

// The swap runs two models at once; that they are late together does not speak
// against the smaller.
TEST(Supervisor, StepsDownByOneAndStaysThere) {
  World world(WithEvents({}), Engine("small"), {}, {}, Engine("tiny"));
  world.RunUntil(2.0);
  callback_ns = 3'000'000;
  while (world.status().counters.num_swaps == 0) {
    world.RunUntil(world.seconds() + 0.01);
    ASSERT_LT(world.seconds(), 5.0);
  }
  callback_ns = 0;
  world.RunUntil(60.0);
  // Nor does it go back by itself, which would be heard again and again.
  EXPECT_EQ(world.status().model, "small");
  EXPECT_EQ(world.status().stepped_down_from, "base");
  EXPECT_EQ(world.status().counters.num_swaps, 1);
  callback_ns = 3'000'000;
  world.RunUntil(62.0);
  EXPECT_EQ(world.status().model, "tiny");
  EXPECT_EQ(world.status().stepped_down_from, "base");
  ASSERT_TRUE(world.supervisor().UseEngine(Engine("base")).ok());
  EXPECT_EQ(world.status().stepped_down_from, "");
}

TEST(Supervisor, RareMissesDoNotStepDown) {
  World world(WithEvents({}), Engine("small"));
  for (int i = 1; i < 60; ++i) {
    world.RunUntil(2.0 * i);
    callback_ns = 3'000'000;
    world.RunUntil(2.0 * i + 0.01);
    callback_ns = 0;
  }
  EXPECT_GT(world.status().counters.num_deadline_misses, 50);
  EXPECT_EQ(world.status().model, "base");
}

TEST(Supervisor, ModelOfEqualLatencyIsSwappedWithoutARestart) {
  World world(WithEvents({}));
  world.RunUntil(1.0);
  ASSERT_TRUE(world.supervisor().UseEngine(Engine("other")).ok());
  world.RunUntil(2.0);
  EXPECT_EQ(world.status().model, "other");
  EXPECT_EQ(world.status().counters.num_swaps, 1);
  EXPECT_EQ(world.backend().num_starts(), 1);
}

TEST(Supervisor, ModelOfAnotherLatencyRestartsFaded) {
  float last = 0.0f;
  FakeBackendParams fake;
  fake.device.signal = [](int64_t, int) { return 0.5f; };
  float largest_step = 0.0f;
  fake.device.sink = [&](std::span<const float* const> out, int n, int64_t) {
    for (int i = 0; i < n; ++i) {
      largest_step = std::max(largest_step, std::abs(out[0][i] - last));
      last = out[0][i];
    }
  };
  World world(fake);
  world.RunUntil(1.0);
  ASSERT_TRUE(world.supervisor()
                  .UseEngine(Engine("quick", WindowKind::kLowLatency))
                  .ok());
  EXPECT_EQ(world.status().model, "base");
  world.RunUntil(2.0);
  EXPECT_EQ(world.status().model, "quick");
  EXPECT_NEAR(world.status().latency.total_ms, 16.0, 1e-9);
  EXPECT_EQ(world.backend().num_starts(), 2);
  // A planned restart is no recovery.
  EXPECT_EQ(world.status().recovery.num_recoveries, 0);
  EXPECT_NE(world.log_text().find("event=restart"), std::string::npos);
  EXPECT_LT(largest_step, 0.01f);
  EXPECT_NEAR(last, 0.5f, 1e-3);
}

TEST(Supervisor, ModelThatFailsLeavesTheOld) {
  World world(WithEvents({}));
  world.RunUntil(1.0);
  NamedEngine broken = Engine("broken");
  // Another window at each call, which the engine refuses.
  broken.engine.make = [num_calls = 0]() mutable {
    FrontEndId id;
    id.window =
        num_calls++ % 2 == 0 ? WindowKind::kSqrtHann : WindowKind::kLowLatency;
    return std::make_unique<UnitEstimator>(id);
  };
  EXPECT_FALSE(world.supervisor().UseEngine(broken).ok());
  world.RunUntil(2.0);
  EXPECT_EQ(world.status().model, "base");
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
  EXPECT_NE(world.status().last_error, "");
}

TEST(Supervisor, AnotherSourceRestartsAndAMissingOneKeepsTrying) {
  World world(WithEvents({}));
  world.RunUntil(1.0);
  BackendParams params = world.supervisor().backend_params();
  world.supervisor().SetBackendParams(params);
  world.RunUntil(1.5);
  EXPECT_EQ(world.backend().num_starts(), 1);
  params.source = "absent";
  world.supervisor().SetBackendParams(params);
  world.RunUntil(4.0);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRecovering);
  EXPECT_EQ(world.status().last_error, "fake: no source named absent");
  params.source = "fake_microphone";
  world.supervisor().SetBackendParams(params);
  world.RunUntil(4.5);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kRunning);
}

TEST(Supervisor, BackendThatHangsOnStopAsksForANewProcess) {
  FakeBackendParams fake = WithEvents({{Kind::kUnplug, 1.0, 0.5}});
  fake.hangs_on_stop = true;
  World world(fake);
  world.RunUntil(2.9);
  EXPECT_FALSE(world.supervisor().needs_new_process());
  world.RunUntil(3.2);
  EXPECT_TRUE(world.supervisor().needs_new_process());
  EXPECT_FALSE(world.supervisor().is_healthy());
}

// There is nothing left to start: the end of the process ends the hang.
TEST(Supervisor, BackendThatHangsDoesNotKeepTheDaemonFromEnding) {
  FakeBackendParams fake;
  fake.hangs_on_stop = true;
  World world(fake);
  world.RunUntil(1.0);
  world.supervisor().BeginStop();
  world.RunUntil(2.5);
  EXPECT_FALSE(world.supervisor().is_stopped());
  world.RunUntil(3.3);
  EXPECT_TRUE(world.supervisor().is_stopped());
  EXPECT_FALSE(world.supervisor().needs_new_process());
}

TEST(Supervisor, RecoveryGoesOnInTheNextProcess) {
  FakeBackendParams fake = WithEvents({{Kind::kUnplug, 1.0, 0.5}});
  fake.hangs_on_stop = true;
  World first(fake);
  first.RunUntil(4.0);
  ASSERT_TRUE(first.supervisor().needs_new_process());
  ASSERT_TRUE(first.supervisor().failed_ns().has_value());
  EXPECT_NEAR(*first.supervisor().failed_ns() * 1e-9, 1.0, 0.1);

  World second(WithEvents({}), {}, first.supervisor().recovery(),
               first.supervisor().failed_ns());
  EXPECT_EQ(second.supervisor().state(), DaemonState::kRecovering);
  second.Pass(4.0);
  second.RunUntil(4.5);
  EXPECT_EQ(second.supervisor().state(), DaemonState::kRunning);
  EXPECT_EQ(second.status().recovery.num_recoveries, 1);
  EXPECT_NEAR(second.status().recovery.last_duration_s, 3.0, 0.2);
  EXPECT_EQ(second.status().recovery.last_cause,
            "fake: the microphone was unplugged");
}

// A backend that only says what it is told to.
class ToldBackend final : public AudioBackend {
 public:
  std::string_view name() const override { return "told"; }
  absl::Status Start(const BackendParams&, AudioClient* client) override {
    ++num_starts;
    return client->Configure({}, {}, ClockDomain::kOne);
  }
  void Stop() override {}
  BackendStatus status() const override { return status_; }
  int event_fd() const override { return -1; }
  void Dispatch() override {}
  absl::StatusOr<std::vector<DeviceInfo>> Devices() override {
    return std::vector<DeviceInfo>();
  }
  void SetProcessLatency(int frames) override { latencies.push_back(frames); }

  BackendStatus status_;
  int num_starts = 0;
  std::vector<int> latencies;
};

struct ToldWorld {
  explicit ToldWorld(BackendState state) {
    auto owned = std::make_unique<ToldBackend>();
    backend = owned.get();
    backend->status_.state = state;
    SupervisorParams params;
    params.backends.push_back(std::move(owned));
    params.engine = Engine("base");
    supervisor = std::make_unique<Supervisor>(std::move(params), &path, &log);
  }
  void RunFor(double seconds) {
    for (int i = 0; i < seconds * 100; ++i) {
      supervisor->Tick(now);
      now.monotonic_ns += kStepNs;
      now.boot_ns += kStepNs;
    }
  }

  SupervisorTime now;
  AudioPath path{{.engine = UnitSource()}};
  Log log{LogLevel::kError, [](std::string_view) {}, [] { return 0; }};
  ToldBackend* backend;
  std::unique_ptr<Supervisor> supervisor;
};

TEST(Supervisor, WaitsForAMicrophoneAsLongAsItTakes) {
  ToldWorld world(BackendState::kStarting);
  world.backend->status_.lacks_microphone = true;
  world.RunFor(3600.0);
  EXPECT_EQ(world.backend->num_starts, 1);
  EXPECT_TRUE(world.supervisor->was_ready());
  EXPECT_TRUE(world.supervisor->is_healthy());
  EXPECT_EQ(world.supervisor->state(), DaemonState::kStarting);
  world.backend->status_.state = BackendState::kIdle;
  world.RunFor(1.0);
  EXPECT_EQ(world.supervisor->state(), DaemonState::kIdle);
}

TEST(Supervisor, StartThatTakesTooLongIsAFailure) {
  ToldWorld world(BackendState::kStarting);
  world.RunFor(4.9);
  EXPECT_EQ(world.backend->num_starts, 1);
  world.RunFor(1.0);
  EXPECT_EQ(world.backend->num_starts, 2);
}

TEST(Supervisor, ServerHearsTheLatencyAfterAStartAndAModelOfAnother) {
  ToldWorld world(BackendState::kIdle);
  world.RunFor(1.0);
  EXPECT_EQ(world.backend->latencies, std::vector<int>{1536});
  ASSERT_TRUE(
      world.supervisor->UseEngine(Engine("quick", WindowKind::kLowLatency))
          .ok());
  world.RunFor(1.0);
  EXPECT_EQ(world.backend->num_starts, 2);
  EXPECT_EQ(world.backend->latencies, (std::vector<int>{1536, 768}));
}

TEST(Supervisor, StopFadesAndThenHolds) {
  FakeBackendParams fake;
  fake.device.signal = [](int64_t, int) { return 0.5f; };
  float last = -1.0f;
  fake.device.sink = [&last](std::span<const float* const> out, int n,
                             int64_t) { last = out[0][n - 1]; };
  World world(fake);
  world.RunUntil(1.0);
  EXPECT_NEAR(last, 0.5f, 1e-3);
  world.supervisor().BeginStop();
  EXPECT_EQ(world.supervisor().state(), DaemonState::kStopping);
  EXPECT_FALSE(world.supervisor().is_stopped());
  world.RunUntil(1.2);
  EXPECT_TRUE(world.supervisor().is_stopped());
  EXPECT_EQ(world.backend().status().state, BackendState::kStopped);
  EXPECT_EQ(last, 0.0f);
}

}  // namespace
}  // namespace tacet
