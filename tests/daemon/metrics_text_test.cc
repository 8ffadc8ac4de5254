// SPDX-License-Identifier: Apache-2.0
#include "daemon/metrics_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <regex>
#include <sstream>
#include <string>

#include "tests/daemon/control_fake_handler.h"

namespace tacet {
namespace {

// Name with labels -> value; checks the format on the way.
std::map<std::string, std::string> Samples(const std::string& text) {
  static const std::regex kSample(
      R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-z_]+="([^"\\]|\\.)*"(,[a-z_]+="([^"\\]|\\.)*")*\})? (\S+))re");
  std::map<std::string, std::string> samples;
  std::map<std::string, std::string> types;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("# HELP ", 0) == 0) continue;
    if (line.rfind("# TYPE ", 0) == 0) {
      std::istringstream words(line.substr(7));
      std::string name, type;
      words >> name >> type;
      EXPECT_TRUE(types.emplace(name, type).second) << name << " twice";
      continue;
    }
    std::smatch match;
    EXPECT_TRUE(std::regex_match(line, match, kSample)) << line;
    const std::string name = match[1];
    const bool is_counter = name.size() > 6 && name.ends_with("_total");
    const std::string family =
        std::regex_replace(name, std::regex("_(bucket|sum|count)$"), "");
    EXPECT_TRUE(types.count(name) + types.count(family) > 0) << line;
    EXPECT_EQ(types.count(name) > 0 && types[name] == "counter", is_counter)
        << line;
    EXPECT_TRUE(samples.emplace(name + match[2].str(), match[6].str()).second)
        << line;
  }
  return samples;
}

TEST(MetricsText, IsPrometheusText) {
  FakeHandler daemon;
  auto samples = Samples(MetricsText(daemon.status, daemon.latency));
  EXPECT_EQ(samples["tacet_frames_in_total"], "1000");
  EXPECT_EQ(samples["tacet_frames_dropped_total"], "100");
  EXPECT_EQ(samples["tacet_frames_balanced"], "1");
  EXPECT_EQ(samples["tacet_xruns_total"], "3");
  EXPECT_EQ(samples["tacet_state{state=\"running\"}"], "1");
  EXPECT_EQ(samples["tacet_state{state=\"idle\"}"], "0");
  EXPECT_EQ(samples["tacet_latency_seconds{part=\"window\"}"], "0.032");
  EXPECT_EQ(samples["tacet_attenuation_limit_decibels"], "+Inf");
  EXPECT_EQ(samples["tacet_level_peak_decibels{side=\"input\"}"], "-12.5");
}

TEST(MetricsText, HistogramsAreCumulative) {
  FakeHandler daemon;
  const std::string text = MetricsText(daemon.status, daemon.latency);
  auto samples = Samples(text);
  const std::string stage = "stage=\"network\"";
  EXPECT_EQ(samples["tacet_stage_seconds_count{" + stage + "}"], "1000");
  EXPECT_EQ(samples["tacet_stage_seconds_bucket{" + stage + ",le=\"+Inf\"}"],
            "1000");
  // 60 us + (0 + ... + 99) us / 100 on average.
  EXPECT_NEAR(std::stod(samples["tacet_stage_seconds_sum{" + stage + "}"]),
              1000 * 109.5e-6, 1e-12);
  std::istringstream lines(text);
  int num_buckets = 0;
  long last_count = 0;
  double last_bound = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string head = "tacet_stage_seconds_bucket{" + stage + ",le=\"";
    if (line.rfind(head, 0) != 0) continue;
    ++num_buckets;
    const double bound = std::strtod(line.c_str() + head.size(), nullptr);
    const long count = std::stol(line.substr(line.rfind(' ') + 1));
    EXPECT_GT(bound, last_bound);
    EXPECT_GE(count, last_count);
    last_bound = bound;
    last_count = count;
  }
  EXPECT_EQ(num_buckets, kHistogramBuckets);
}

TEST(MetricsText, WhatLiesBeyondTheLastBoundCountsAsInfinite) {
  DaemonStatus status;
  LatencyReport latency;
  latency.stages[0].counts[kHistogramBuckets - 1] = 4;
  auto samples = Samples(MetricsText(status, latency));
  int num_less = 0;
  for (const auto& [name, value] : samples) {
    const bool is_bucket =
        name.rfind("tacet_stage_seconds_bucket{stage=\"capture_wait\"", 0) == 0;
    if (is_bucket && value != "4") {
      EXPECT_EQ(value, "0");
      ++num_less;
    }
  }
  EXPECT_EQ(num_less, kHistogramBuckets - 1);
}

TEST(MetricsText, EscapesLabels) {
  FakeHandler daemon;
  daemon.status.model = "a\"b\\c\nd";
  const std::string text = MetricsText(daemon.status, daemon.latency);
  EXPECT_NE(text.find(R"(model="a\"b\\c\nd")"), text.npos);
  Samples(text);
}

}  // namespace
}  // namespace tacet
