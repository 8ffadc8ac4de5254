// SPDX-License-Identifier: Apache-2.0
#include "config/config.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tacet {
namespace {

TEST(Config, DefaultsAreValid) { EXPECT_TRUE(ValidateConfig({}).ok()); }

TEST(Config, EveryLimitIsChecked) {
  const auto message = [](auto change) {
    Config config;
    change(config);
    return std::string(ValidateConfig(config).message());
  };
  EXPECT_EQ(message([](Config& c) { c.audio.channels = 3; }),
            "audio.channels: 3, expected 1 to 2");
  EXPECT_EQ(message([](Config& c) { c.audio.period_frames = 15; }),
            "audio.period_frames: 15, expected 16 to 8192, or 0");
  EXPECT_EQ(message([](Config& c) { c.audio.sample_rate_hz = 192001; }),
            "audio.sample_rate: 192001, expected 8000 to 192000, or 0");
  EXPECT_EQ(message([](Config& c) { c.denoise.attenuation_limit_db = -1; }),
            "denoise.attenuation_limit_db: -1.0, expected 0 to inf");
  EXPECT_EQ(
      message([](Config& c) { c.denoise.attenuation_limit_db = std::nan(""); }),
      "denoise.attenuation_limit_db: nan, expected 0 to inf");
  EXPECT_EQ(message([](Config& c) { c.audio.name = "a\nb"; }),
            "audio.name: \"a?b\", expected 1 to 64 bytes without control "
            "characters");
  EXPECT_EQ(message([](Config& c) { c.denoise.model = "models/a.tacet"; }),
            "denoise.model: \"models/a.tacet\", expected a built-in model's "
            "name or an absolute path");
  EXPECT_EQ(message([](Config& c) { c.daemon.metrics_textfile = "/a/b.txt"; }),
            "daemon.metrics_textfile: \"/a/b.txt\", expected an absolute path "
            "that ends in .prom, or \"\"");
}

TEST(Config, ZeroStandsForTheServersChoice) {
  Config config;
  config.audio.period_frames = 0;
  config.audio.sample_rate_hz = 0;
  config.daemon.deadline_misses_step_down = 0;
  EXPECT_TRUE(ValidateConfig(config).ok());
}

}  // namespace
}  // namespace tacet
