// SPDX-License-Identifier: Apache-2.0
#include "config/render.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "config/keys.h"

namespace tacet {
namespace {

// Tests run in the repository's root.
std::string ReadFile(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(DefaultConfigText, IsValidAndChangesNothing) {
  Config config;
  EXPECT_TRUE(
      ApplyConfigText("t", DefaultConfigText(), &config, nullptr).empty());
  EXPECT_EQ(config, Config());
}

TEST(DefaultConfigText, StaysValidWithEveryKeyTurnedOn) {
  std::string text = DefaultConfigText();
  for (const ConfigKey& key : ConfigKeys()) {
    const std::string line = std::string("\n#") + key.name + " = ";
    const size_t at = text.find(line);
    ASSERT_NE(at, text.npos) << key.full_name();
    text.erase(at + 1, 1);
  }
  Config config;
  ConfigOrigins origins;
  const auto problems = ApplyConfigText("t", text, &config, &origins);
  EXPECT_TRUE(problems.empty()) << problems[0].text();
  EXPECT_EQ(config, Config());
  EXPECT_EQ(origins.size(), ConfigKeys().size());
}

TEST(DefaultConfigText, LinesFitInEightyColumns) {
  const std::string text = DefaultConfigText();
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != text.npos;
       begin = end + 1) {
    EXPECT_LE(end - begin, 80u) << text.substr(begin, end - begin);
  }
}

TEST(DefaultConfigText, IsThePackagedFile) {
  EXPECT_EQ(ReadFile("packaging/tacet.toml"), DefaultConfigText())
      << "run: tacet config init, and copy what it writes";
}

TEST(ConfigTableMarkdown, IsInTheDocumentation) {
  EXPECT_NE(ReadFile("docs/config.md").find(ConfigTableMarkdown()),
            std::string::npos)
      << ConfigTableMarkdown();
}

TEST(ShowConfigText, ReadsBackAsTheSameConfig) {
  Config config;
  config.audio.name = "a \"b\" \\ c # d";
  config.audio.backend = BackendChoice::kAlsa;
  config.audio.period_frames = 256;
  config.denoise.attenuation_limit_db = 12.25;
  const std::string text =
      ShowConfigText(config, {{"audio.name", "/a/b.toml:3"}});
  EXPECT_NE(text.find("# /a/b.toml:3\n"), text.npos);
  Config back;
  const auto problems = ApplyConfigText("t", text, &back, nullptr);
  EXPECT_TRUE(problems.empty()) << problems[0].text() << text;
  EXPECT_EQ(back, config);
}

}  // namespace
}  // namespace tacet
