// SPDX-License-Identifier: Apache-2.0
#include "daemon/loopback_run.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "daemon/fake_backend.h"
#include "gtest/gtest.h"
#include "tests/model/engine_support.h"

namespace tacet {
namespace {

using Kind = FakeEvent::Kind;

constexpr int64_t kStepNs = 10'000'000;
constexpr FakeEvent kNobodyListens = {Kind::kNoListener, 0.0, 1000.0};

// A supervisor over a fake backend in virtual time.
class World {
 public:
  explicit World(const FakeDeviceParams& device)
      : path_(PathParams()),
        log_(
            LogLevel::kError, [](std::string_view) { return true; },
            [] { return 0; }) {
    FakeBackendParams fake;
    fake.device = device;
    auto backend = std::make_unique<FakeBackend>(fake);
    backend_ = backend.get();
    SupervisorParams params;
    params.backends.push_back(std::move(backend));
    params.engine = {
        .name = "unit", .source = "builtin", .engine = UnitSource()};
    supervisor_ =
        std::make_unique<Supervisor>(std::move(params), &path_, &log_);
    RunFor(1.0);
  }

  void RunFor(double seconds) {
    const int64_t until_ns =
        now_.monotonic_ns + static_cast<int64_t>(1e9 * seconds);
    while (now_.monotonic_ns < until_ns) Step();
  }
  absl::StatusOr<std::unique_ptr<LoopbackRun>> Begin(bool force = false) {
    return LoopbackRun::Begin(force, &path_, supervisor_.get(),
                              now_.monotonic_ns);
  }
  // To the end of the run.
  absl::StatusOr<LoopbackReport> Finish(LoopbackRun* run) {
    for (int i = 0; i < 6000; ++i) {
      if (auto report = run->Tick(now_.monotonic_ns)) return *report;
      // The search takes real time.
      if (recorder_is_gone()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      Step();
    }
    return absl::DeadlineExceededError("no end");
  }
  AudioPath& path() { return path_; }
  Supervisor& supervisor() { return *supervisor_; }

 private:
  static AudioPathParams PathParams() {
    AudioPathParams params;
    params.engine = UnitSource(WindowKind::kSqrtHann, 0.3f);
    return params;
  }
  bool recorder_is_gone() const {
    return backend_->status().num_listeners == 0;
  }
  void Step() {
    supervisor_->Tick(now_);
    backend_->Advance(kStepNs);
    now_.monotonic_ns += kStepNs;
    now_.boot_ns += kStepNs;
  }

  SupervisorTime now_;
  AudioPath path_;
  Log log_;
  FakeBackend* backend_;
  std::unique_ptr<Supervisor> supervisor_;
};

FakeDeviceParams Device(ClockDomain clocks) {
  FakeDeviceParams device;
  device.clocks = clocks;
  device.events = {kNobodyListens};
  return device;
}

TEST(LoopbackRun, OneClockTakesTheWindow) {
  World world(Device(ClockDomain::kOne));
  auto run = world.Begin();
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(world.path().mode(), Mode::kBypass);
  const absl::StatusOr<LoopbackReport> report = world.Finish(run->get());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->num_found, 20);
  EXPECT_NEAR(report->median_ms, 32.0, 0.001);
  EXPECT_NEAR(report->max_ms - report->min_ms, 0.0, 0.001);
  EXPECT_NEAR(report->expected_ms, 32.0, 0.001);
  EXPECT_EQ(world.path().mode(), Mode::kClean);
  // Nobody listens any more.
  world.RunFor(0.1);
  EXPECT_EQ(world.supervisor().state(), DaemonState::kIdle);
}

TEST(LoopbackRun, TwoClocksTakeWhatIsReported) {
  FakeDeviceParams device = Device(ClockDomain::kTwo);
  device.capture_ppm = 300.0;
  device.jitter_ms = 1.0;
  World world(device);
  auto run = world.Begin();
  ASSERT_TRUE(run.ok()) << run.status();
  const absl::StatusOr<LoopbackReport> report = world.Finish(run->get());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->num_found, 20);
  EXPECT_GT(report->expected_ms, 40.0);
  // The promise of the bridge, and the jitter of both ends' times.
  EXPECT_NEAR(report->median_ms, report->expected_ms, 1.0);
  EXPECT_LT(report->max_ms - report->min_ms, 2.0 + 2.0 * device.jitter_ms);
}

TEST(LoopbackRun, RefusedWhileAnotherListensUnlessForced) {
  FakeDeviceParams device;  // one listens
  World world(device);
  const auto refused = world.Begin();
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(refused.status().message(),
            "loopback: 1 program listens to the microphone and would hear the "
            "bursts; --even-if-heard measures all the same");
  EXPECT_EQ(world.path().mode(), Mode::kClean);
  auto run = world.Begin(/*force=*/true);
  ASSERT_TRUE(run.ok()) << run.status();
  const absl::StatusOr<LoopbackReport> report = world.Finish(run->get());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->num_found, 20);
}

TEST(LoopbackRun, EndsWhenAnotherBeginsToListen) {
  FakeDeviceParams device;
  device.events = {{Kind::kNoListener, 0.0, 4.0}};
  World world(device);
  auto run = world.Begin();
  ASSERT_TRUE(run.ok()) << run.status();
  const absl::StatusOr<LoopbackReport> report = world.Finish(run->get());
  EXPECT_EQ(report.status().code(), absl::StatusCode::kAborted)
      << report.status();
  EXPECT_EQ(world.path().mode(), Mode::kClean);
}

TEST(LoopbackRun, EndsWithTheAudioOrAtANewMode) {
  FakeDeviceParams device = Device(ClockDomain::kOne);
  device.events.push_back({Kind::kUnplug, 3.0, 1.0});
  World world(device);
  auto run = world.Begin();
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(world.Finish(run->get()).status().code(),
            absl::StatusCode::kAborted);
  EXPECT_EQ(world.path().mode(), Mode::kClean);
  world.RunFor(3.0);
  run = world.Begin();
  ASSERT_TRUE(run.ok()) << run.status();
  world.path().SetMode(Mode::kMute);
  EXPECT_EQ(world.Finish(run->get()).status().code(),
            absl::StatusCode::kAborted);
  EXPECT_EQ(world.path().mode(), Mode::kMute);
}

TEST(LoopbackRun, ModeComesBackWhenItIsGivenUp) {
  World world(Device(ClockDomain::kOne));
  world.path().SetMode(Mode::kMute);
  {
    auto run = world.Begin();
    ASSERT_TRUE(run.ok()) << run.status();
    EXPECT_EQ(world.path().mode(), Mode::kBypass);
  }
  EXPECT_EQ(world.path().mode(), Mode::kMute);
}

TEST(LoopbackRun, SaysThatNoAudioFlows) {
  FakeDeviceParams device = Device(ClockDomain::kOne);
  device.events.push_back({Kind::kServerGone, 0.0, 100.0});
  World world(device);
  EXPECT_EQ(world.Begin().status().message(),
            "loopback: no audio, the daemon is starting");
}

}  // namespace
}  // namespace tacet
