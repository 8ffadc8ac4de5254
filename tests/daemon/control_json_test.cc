// SPDX-License-Identifier: Apache-2.0
#include "daemon/control_json.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/daemon/control_fake_handler.h"

namespace tacet {
namespace {

TEST(StatusJson, HoldsTheStatus) {
  FakeHandler daemon;
  const Json json = StatusJson(daemon.status);
  EXPECT_EQ(json["state"], "running");
  EXPECT_EQ(json["uptime_s"], 3661.5);
  EXPECT_EQ(json["device"]["source"], "fake-microphone");
  EXPECT_EQ(json["device"]["listeners"], 1);
  EXPECT_EQ(json["latency"]["total_ms"], 32.0);
  EXPECT_EQ(json["counters"]["frames_in"], 1000);
  EXPECT_EQ(json["counters"]["balanced"], true);
  EXPECT_EQ(json["levels"]["input_peak_db"], -12.5);
  EXPECT_EQ(json["model"]["placement"], "callback");
}

TEST(StatusJson, TellsWhatBecameOfTheHopsOfABackendBesideTheAudio) {
  FakeHandler daemon;
  EXPECT_TRUE(StatusJson(daemon.status)["offload"].is_null());
  daemon.status.network_backend = "neuromorphic";
  OffloadStatus counts;
  counts.num_submitted = 28;
  counts.num_answered = 7;
  counts.num_late = 6;
  counts.num_failed = 5;
  counts.num_wrong = 4;
  counts.num_not_sent = 3;
  counts.num_dropped = 2;
  counts.num_backoffs = 1;
  counts.num_backed_off = 1;
  daemon.status.offload = OffloadReport::Of(counts);
  const Json json = StatusJson(daemon.status);
  EXPECT_EQ(json["model"]["backend"], "neuromorphic");
  EXPECT_EQ(json["offload"], Json({{"backed_off", true},
                                   {"submitted", 28},
                                   {"answered", 7},
                                   {"late", 6},
                                   {"failed", 5},
                                   {"wrong", 4},
                                   {"not_sent", 3},
                                   {"dropped", 2},
                                   {"backoffs", 1}}));
}

TEST(StatusJson, WhatIsNotKnownIsNull) {
  FakeHandler daemon;
  daemon.status.strength_db = std::numeric_limits<float>::infinity();
  daemon.status.device.num_listeners = -1;
  daemon.status.counters.frames_in = 5;
  const Json json = StatusJson(daemon.status);
  EXPECT_TRUE(json["strength_db"].is_null());
  EXPECT_TRUE(json["device"]["listeners"].is_null());
  EXPECT_EQ(json["counters"]["balanced"], false);
}

TEST(MetersJson, IsAPartOfTheStatus) {
  FakeHandler daemon;
  const Json meters = MetersJson(daemon.status);
  const Json status = StatusJson(daemon.status);
  for (const char* key :
       {"state", "mode", "strength_db", "levels", "counters", "ring"}) {
    EXPECT_EQ(meters[key], status[key]) << key;
  }
  EXPECT_EQ(meters["latency_ms"], status["latency"]["total_ms"]);
}

TEST(LatencyJson, BucketsAddUpToTheCount) {
  FakeHandler daemon;
  const Json json = LatencyJson(daemon.latency);
  EXPECT_EQ(json["budget_ms"], 8.0);
  ASSERT_EQ(json["stages"].size(), static_cast<size_t>(kNumStages));
  for (const Json& stage : json["stages"]) {
    uint64_t count = 0;
    double last_bound = 0;
    for (const Json& bucket : stage["buckets"]) {
      EXPECT_GT(bucket[0].get<double>(), last_bound);
      last_bound = bucket[0].get<double>();
      count += bucket[1].get<uint64_t>();
    }
    EXPECT_EQ(count, 1000u);
    EXPECT_EQ(stage["count"], 1000);
    EXPECT_LE(stage["p50_ms"], stage["p90_ms"]);
    EXPECT_LE(stage["p999_ms"], stage["max_ms"]);
  }
  EXPECT_EQ(json["stages"][0]["stage"], "capture_wait");
  EXPECT_EQ(json["stages"][0]["max_ms"], 0.119);
}

}  // namespace
}  // namespace tacet
