// SPDX-License-Identifier: Apache-2.0
#include "daemon/model_catalog.h"

#include <future>
#include <memory>
#include <optional>
#include <string>

#include "daemon/fake_backend.h"
#include "gtest/gtest.h"
#include "model/model.h"
#include "tests/model/engine_support.h"
#include "tests/model/make_model.h"

namespace tacet {
namespace {

NamedEngine Engine(const std::string& name, size_t size,
                   WindowKind window = WindowKind::kSqrtHann) {
  return {.name = name,
          .source = "builtin",
          .engine = UnitSource(window),
          .size = size};
}

TEST(ModelCatalog, NextIsTheLargestSmallerOneOfTheSameWindow) {
  const std::vector<NamedEngine> others = {
      Engine("base", 100), Engine("tiny", 10), Engine("small", 50),
      Engine("quick", 90, WindowKind::kLowLatency), Engine("large", 200)};
  const std::optional<NamedEngine> next =
      LargestSmaller(Engine("base", 100), others);
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->name, "small");
  EXPECT_FALSE(LargestSmaller(Engine("tiny", 10), others).has_value());
  EXPECT_FALSE(
      LargestSmaller(Engine("quick", 90, WindowKind::kLowLatency), others)
          .has_value());
}

TEST(ModelCatalog, FindsWhatIsCompiledInAndSaysWhatIsNot) {
  for (const std::string& name : Model::BuiltinNames()) {
    const absl::StatusOr<NamedEngine> engine = FindEngine(name);
    ASSERT_TRUE(engine.ok()) << engine.status();
    EXPECT_EQ(engine->source, "builtin");
    EXPECT_GT(engine->size, 0u);
  }
  EXPECT_NE(FindEngine("nowhere").status().message().find("nowhere"),
            std::string::npos);
  EXPECT_NE(FindEngine("/nowhere/x.tacet")
                .status()
                .message()
                .find("/nowhere/x.tacet"),
            std::string::npos);
}

TEST(ModelCatalog, RunsAModelOnTheBackendThatIsAskedFor) {
  const std::string model = "base";
  EngineOptions options;
  EXPECT_EQ(FindEngine(model, options)->backend, "fixed");
  options.backend = NetworkBackend::kFloat;
  EXPECT_EQ(FindEngine(model, options)->backend, "float");
  options.backend = NetworkBackend::kFixed;
  const auto fixed = FindEngine(model, options);
  ASSERT_TRUE(fixed.ok()) << fixed.status();
  EXPECT_EQ(fixed->backend, "fixed");
  EXPECT_EQ(fixed->offload, nullptr);
  EXPECT_EQ(fixed->engine.make()->delay_hops(), 0);
  options.backend = NetworkBackend::kNeuromorphic;
  const auto chip = FindEngine(model, options);
  ASSERT_TRUE(chip.ok()) << chip.status();
  EXPECT_EQ(chip->backend, "neuromorphic");
  EXPECT_NE(chip->offload, nullptr);
  EXPECT_EQ(chip->engine.make()->delay_hops(), 1);
  options.offload.deadline_s = 1;
  EXPECT_FALSE(FindEngine(model, options).ok());
}

TEST(ModelCatalog, RunsAModelWithoutIntegersOnFloats) {
  const std::string floats =
      TACET_SOURCE_DIR "/tests/testdata/phase-small.tacet";
  EXPECT_EQ(FindEngine(floats)->backend, "float");
  EngineOptions fixed;
  fixed.backend = NetworkBackend::kFixed;
  EXPECT_FALSE(FindEngine(floats, fixed).ok());
}

// Two real networks: the larger misses its deadlines, the smaller takes over
// without a gap.
TEST(ModelCatalog, SmallerNetworkTakesOverAtTheSameLatency) {
  const auto real = [](const char* name, int hidden) {
    const std::shared_ptr<const Model> model = MakeModel(
        {.hidden = hidden, .num_states = 8, .num_layers = 1, .density = 0.5});
    return NamedEngine{.name = name,
                       .source = "builtin",
                       .engine = FloatEstimators(model),
                       .size = model->size()};
  };
  const NamedEngine large = real("large", 32);
  const NamedEngine small = real("small", 8);
  ASSERT_GT(large.size, small.size);

  static std::atomic<int64_t> clock_ns = 0;
  static std::atomic<int64_t> step_ns = 0;
  AudioPathParams path_params;
  path_params.engine = large.engine;
  path_params.clock = []() noexcept { return clock_ns += step_ns; };
  AudioPath path(path_params);
  auto owned = std::make_unique<FakeBackend>(FakeBackendParams{});
  FakeBackend* const backend = owned.get();
  SupervisorParams params;
  params.backends.push_back(std::move(owned));
  params.engine = large;
  params.smaller_engine = [&](const NamedEngine& engine) {
    std::promise<std::optional<NamedEngine>> smaller;
    smaller.set_value(LargestSmaller(engine, {large, small}));
    return smaller.get_future();
  };
  Log log(
      LogLevel::kError, [](std::string_view) { return true; },
      [] { return 0; });
  Supervisor supervisor(std::move(params), &path, &log);
  SupervisorTime now;
  const auto run = [&](int num_steps) {
    for (int i = 0; i < num_steps; ++i) {
      supervisor.Tick(now);
      backend->Advance(10'000'000);
      now.monotonic_ns += 10'000'000;
      now.boot_ns = now.monotonic_ns;
    }
  };
  run(200);
  EXPECT_EQ(supervisor.engine().name, "large");
  step_ns = 3'000'000;  // two looks at the clock: more than a period
  run(200);
  EXPECT_EQ(supervisor.engine().name, "small");
  EXPECT_EQ(path.counters().num_swaps, 1);
  EXPECT_EQ(path.counters().frames_inserted, 0);
  EXPECT_EQ(path.counters().frames_dropped, 0);
  EXPECT_NEAR(path.latency().total_ms, 32.0, 1e-9);
}

}  // namespace
}  // namespace tacet
