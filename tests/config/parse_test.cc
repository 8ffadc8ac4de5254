// SPDX-License-Identifier: Apache-2.0
#include "config/parse.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace tacet {
namespace {

std::vector<std::string> Problems(std::string_view text) {
  Config config;
  ConfigOrigins origins;
  std::vector<std::string> texts;
  for (const ConfigProblem& problem :
       ApplyConfigText("t.toml", text, &config, &origins)) {
    texts.push_back(problem.text());
  }
  if (!texts.empty()) {
    EXPECT_EQ(config, Config()) << "a bad file changed something";
    EXPECT_TRUE(origins.empty());
  }
  return texts;
}

using Texts = std::vector<std::string>;

TEST(ApplyConfigText, SetsWhatItSaysAndLeavesTheRest) {
  Config config;
  config.audio.channels = 2;
  ConfigOrigins origins;
  const auto problems = ApplyConfigText("t.toml",
                                        "[audio]\n"
                                        "backend = \"jack\"\n"
                                        "period_frames = 480\n"
                                        "[denoise]\n"
                                        "attenuation_limit_db = 12\n"
                                        "mode = 'bypass'\n"
                                        "[daemon]\n"
                                        "metrics_textfile = \"/a/b.prom\"\n",
                                        &config, &origins);
  EXPECT_TRUE(problems.empty());
  Config expected;
  expected.audio.channels = 2;
  expected.audio.backend = BackendChoice::kJack;
  expected.audio.period_frames = 480;
  expected.denoise.attenuation_limit_db = 12;
  expected.denoise.mode = ModeChoice::kBypass;
  expected.daemon.metrics_textfile = "/a/b.prom";
  EXPECT_EQ(config, expected);
  EXPECT_EQ(origins.size(), 5u);
  EXPECT_EQ(origins["audio.period_frames"], "t.toml:3");
  EXPECT_EQ(origins["denoise.mode"], "t.toml:6");
}

TEST(ApplyConfigText, TakesInfinityAndDottedKeys) {
  Config config;
  config.denoise.attenuation_limit_db = 1;
  EXPECT_TRUE(ApplyConfigText("t", "denoise.attenuation_limit_db = inf",
                              &config, nullptr)
                  .empty());
  EXPECT_TRUE(std::isinf(config.denoise.attenuation_limit_db));
}

TEST(ApplyConfigText, AnEmptyFileIsFine) {
  EXPECT_EQ(Problems(""), Texts());
  EXPECT_EQ(Problems("# nothing\n[audio]\n"), Texts());
}

TEST(ApplyConfigText, NamesAllProblemsByLine) {
  EXPECT_EQ(
      Problems("[audio]\n"
               "channels = 7\n"
               "perid_frames = 64\n"
               "name = 3\n"
               "source = true\n"
               "[denoise]\n"
               "mode = \"loud\"\n"
               "attenuation_limit_db = nan\n"
               "[deamon]\n"
               "[daemon]\n"
               "metrics_interval_s = 1.5\n"
               "log_level = [1]\n"
               "realtime = 2026-01-01\n"),
      (Texts{"t.toml:2: audio.channels: 7, expected 1 to 2",
             "t.toml:3: unknown key audio.perid_frames; did you mean "
             "audio.period_frames?",
             "t.toml:4: audio.name: 3, expected a string: 1 to 64 bytes",
             "t.toml:5: audio.source: a boolean, expected default or a "
             "device's name",
             "t.toml:7: denoise.mode: \"loud\", expected clean, bypass or mute",
             "t.toml:8: denoise.attenuation_limit_db: nan, expected 0 to inf",
             "t.toml:9: unknown section or key deamon; did you mean daemon?",
             "t.toml:11: daemon.metrics_interval_s: 1.5, expected an integer: "
             "1 to 3600",
             "t.toml:12: daemon.log_level: an array, expected error, warning, "
             "info or debug",
             "t.toml:13: daemon.realtime: a date or time, expected auto or "
             "off"}));
}

TEST(ApplyConfigText, SaysWhereAMisplacedKeyBelongs) {
  EXPECT_EQ(Problems("mode = \"mute\"\n"),
            Texts{"t.toml:1: unknown section or key mode; did you mean "
                  "denoise.mode?"});
  EXPECT_EQ(Problems("[audio]\nlink = \"linked\"\n"),
            Texts{"t.toml:2: unknown key audio.link; did you mean "
                  "denoise.link?"});
  EXPECT_EQ(Problems("audio = 1\n"),
            Texts{"t.toml:1: audio: is a section; write [audio] above its "
                  "keys"});
}

TEST(ApplyConfigText, SyntaxErrorsHaveTheirLine) {
  const Texts problems = Problems("[audio]\n\nchannels = = 1\n");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].rfind("t.toml:3: ", 0), 0u) << problems[0];
  const Texts twice = Problems("[audio]\nchannels = 1\nchannels = 2\n");
  ASSERT_EQ(twice.size(), 1u);
  EXPECT_EQ(twice[0].rfind("t.toml:3: ", 0), 0u) << twice[0];
}

// toml++ takes these for what cannot be; sanitizers tell.
TEST(ApplyConfigText, RefusesLettersOutsideOfStrings) {
  for (const char* text : {"\u00e9 = 1", "a = \u00e9", "a \u2030 = 1",
                           "\ufef7 =me\ufeff *=", "[\u1681]"}) {
    EXPECT_EQ(Problems(text).size(), 1u) << text;
  }
  EXPECT_EQ(Problems("[audio]\nname = \"\u00e9\u2030\ufef7\"").size(), 0u);
}

TEST(ApplyConfigText, SurvivesHostileText) {
  for (const std::string& text :
       {std::string("\0\0\0", 3), std::string("\xff\xfe\xfd"),
        "a = " + std::string(60000, '['), std::string(60000, '['),
        "a" + std::string(30000, '.') + "b = 1",
        std::string(kMaxConfigBytes + 1, '#')}) {
    const Texts problems = Problems(text);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].find('\n'), std::string::npos);
    EXPECT_LT(problems[0].size(), 300u);
  }
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "a" + std::to_string(i) + "=1\n";
  EXPECT_LE(Problems(many).size(), 100u);
  const Texts long_name = Problems(std::string(60000, 'a') + " = 1");
  ASSERT_EQ(long_name.size(), 1u);
  EXPECT_LT(long_name[0].size(), 200u);
}

}  // namespace
}  // namespace tacet
