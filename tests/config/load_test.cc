// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace tacet {
namespace {

namespace fs = std::filesystem;

class LoadConfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              ("config_" + std::to_string(getpid()) + "_" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    setenv("XDG_CONFIG_HOME", (folder_ / "home").c_str(), 1);
    const std::string dirs =
        (folder_ / "first").string() + ":" + (folder_ / "second").string();
    setenv("XDG_CONFIG_DIRS", dirs.c_str(), 1);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Write(const char* where, const char* text) {
    const fs::path path = folder_ / where / "tacet" / "tacet.toml";
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }

  fs::path folder_;
};

TEST_F(LoadConfigTest, WithoutFilesGivesDefaults) {
  const auto loaded = LoadConfig();
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->config, Config());
  EXPECT_TRUE(loaded->files.empty());
}

TEST_F(LoadConfigTest, TheMoreImportantFileWinsKeyByKey) {
  const auto second = Write("second", "[audio]\nchannels=2\nname='second'\n");
  const auto first = Write("first", "[audio]\nname='first'\nsource='first'\n");
  const auto home = Write("home", "[audio]\nsource='home'\n");
  const auto loaded = LoadConfig();
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->config.audio.channels, 2);
  EXPECT_EQ(loaded->config.audio.name, "first");
  EXPECT_EQ(loaded->config.audio.source, "home");
  EXPECT_EQ(loaded->files, (std::vector<std::string>{second, first, home}));
  EXPECT_EQ(loaded->origins.at("audio.name"), first + ":2");
  EXPECT_EQ(loaded->origins.at("audio.source"), home + ":2");
}

TEST_F(LoadConfigTest, OneBadFileSpoilsAll) {
  Write("first", "[audio]\nchannels=2\n");
  const std::string home = Write("home", "[audio]\nchannels=3\nnmae=''\n");
  std::vector<ConfigProblem> problems;
  const auto loaded = LoadConfig(ConfigPaths(), &problems);
  EXPECT_EQ(loaded.status().message(),
            home + ":2: audio.channels: 3, expected 1 to 2");
  EXPECT_EQ(problems.size(), 2u);
}

TEST_F(LoadConfigTest, RefusesWhatIsNoFileWithoutHanging) {
  const fs::path fifo = folder_ / "fifo";
  fs::create_directories(folder_);
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(LoadConfigFile(fifo).status().message(),
            fifo.string() + ": is no regular file");
  EXPECT_EQ(LoadConfigFile(folder_).status().message(),
            folder_.string() + ": is no regular file");
  EXPECT_TRUE(absl::IsNotFound(LoadConfigFile(folder_ / "none").status()));
}

TEST_F(LoadConfigTest, RefusesAHugeFileWithoutReadingIt) {
  const std::string path = Write("home", "");
  fs::resize_file(path, uint64_t{1} << 40);
  EXPECT_EQ(LoadConfigFile(path).status().message(),
            path + ": more than 65536 bytes, too large for a configuration");
}

TEST_F(LoadConfigTest, IgnoresRelativeFolders) {
  setenv("XDG_CONFIG_DIRS", "relative:/etc/one::/etc/two", 1);
  setenv("XDG_CONFIG_HOME", "relative", 1);
  setenv("HOME", "/home/somebody", 1);
  EXPECT_EQ(ConfigPaths(),
            (std::vector<std::string>{
                "/etc/two/tacet/tacet.toml", "/etc/one/tacet/tacet.toml",
                "/home/somebody/.config/tacet/tacet.toml"}));
  unsetenv("XDG_CONFIG_DIRS");
  setenv("HOME", "", 1);
  EXPECT_EQ(ConfigPaths(),
            std::vector<std::string>{"/etc/xdg/tacet/tacet.toml"});
  EXPECT_FALSE(UserConfigPath().ok());
}

}  // namespace
}  // namespace tacet
