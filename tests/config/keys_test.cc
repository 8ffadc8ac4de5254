// SPDX-License-Identifier: Apache-2.0
#include "config/keys.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

namespace tacet {
namespace {

TEST(ConfigKeys, NamesAreUniqueAndSectionsTogether) {
  std::set<std::string> names;
  std::set<std::string> closed;
  std::string section;
  for (const ConfigKey& key : ConfigKeys()) {
    EXPECT_TRUE(names.insert(key.full_name()).second) << key.full_name();
    if (section != key.section) closed.insert(section);
    section = key.section;
    EXPECT_EQ(closed.count(section), 0u) << key.full_name();
    EXPECT_EQ(FindConfigKey(key.full_name()), &key);
  }
}

TEST(ConfigKeys, EveryDefaultIsInItsOwnRange) {
  const Config defaults;
  for (const ConfigKey& key : ConfigKeys()) {
    std::string value = TomlValue(key, defaults);
    if (value.front() == '"') value = value.substr(1, value.size() - 2);
    Config config;
    EXPECT_TRUE(SetConfigValue(key.full_name(), value, &config).ok())
        << key.full_name() << " = " << value;
    EXPECT_EQ(config, defaults) << key.full_name();
  }
}

// Choices must name the enumerators in their order.
TEST(ConfigKeys, ChoicesMeanWhatTheyAreCalled) {
  Config config;
  ASSERT_TRUE(SetConfigValue("audio.backend", "pulseaudio", &config).ok());
  EXPECT_EQ(config.audio.backend, BackendChoice::kPulseAudio);
  ASSERT_TRUE(SetConfigValue("audio.backend", "fake", &config).ok());
  EXPECT_EQ(config.audio.backend, BackendChoice::kFake);
  ASSERT_TRUE(SetConfigValue("denoise.mode", "mute", &config).ok());
  EXPECT_EQ(config.denoise.mode, ModeChoice::kMute);
  ASSERT_TRUE(SetConfigValue("denoise.link", "independent", &config).ok());
  EXPECT_EQ(config.denoise.link, LinkChoice::kIndependent);
  ASSERT_TRUE(SetConfigValue("daemon.log_level", "debug", &config).ok());
  EXPECT_EQ(config.daemon.log_level, LogLevel::kDebug);
  ASSERT_TRUE(SetConfigValue("daemon.realtime", "off", &config).ok());
  EXPECT_EQ(config.daemon.realtime, RealtimeChoice::kOff);
}

TEST(SetConfigValue, KnowsTheShortNames) {
  Config config;
  ASSERT_TRUE(SetConfigValue("strength", "12", &config).ok());
  EXPECT_EQ(config.denoise.attenuation_limit_db, 12);
  ASSERT_TRUE(SetConfigValue("strength", "inf", &config).ok());
  EXPECT_TRUE(std::isinf(config.denoise.attenuation_limit_db));
  ASSERT_TRUE(SetConfigValue("mode", "bypass", &config).ok());
  EXPECT_EQ(config.denoise.mode, ModeChoice::kBypass);
  ASSERT_TRUE(SetConfigValue("device", "alsa_input.usb", &config).ok());
  EXPECT_EQ(config.audio.source, "alsa_input.usb");
}

TEST(SetConfigValue, NamesWhatIsWrongAndChangesNothing) {
  const auto message = [](const char* key, const char* value) {
    Config config;
    const std::string text(SetConfigValue(key, value, &config).message());
    EXPECT_EQ(config, Config());
    return text;
  };
  EXPECT_EQ(message("strenght", "1"),
            "unknown key \"strenght\"; did you mean strength?");
  EXPECT_EQ(message("xyz", "1"), "unknown key \"xyz\"");
  EXPECT_EQ(message("mode", "claen"),
            "denoise.mode: \"claen\", expected clean, bypass or mute; did you "
            "mean clean?");
  EXPECT_EQ(message("strength", "much"),
            "denoise.attenuation_limit_db: \"much\", expected a number: 0 to "
            "inf");
  EXPECT_EQ(message("strength", "-3"),
            "denoise.attenuation_limit_db: -3.0, expected 0 to inf");
  EXPECT_EQ(message("audio.channels", "99999999999999999999"),
            "audio.channels: \"99999999999999999999\", expected a number: 1 to "
            "2");
  EXPECT_EQ(message("device", "tacet_microphone"),
            "audio.source: \"tacet_microphone\", expected a device that is not "
            "Tacet's own");
  EXPECT_EQ(message("device", ""),
            "audio.source: \"\", expected 1 to 255 bytes without control "
            "characters");
}

}  // namespace
}  // namespace tacet
