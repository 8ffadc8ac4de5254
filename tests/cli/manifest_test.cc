// SPDX-License-Identifier: Apache-2.0
#include "cli/manifest.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/cli/temp_folder.h"

namespace tacet {
namespace {

using Paths = std::vector<std::string>;

TEST(Manifest, HasAPathALine) {
  const TempFolder folder;
  folder.Write("all.txt", "a.wav\n\nb c/#d.wav\r\n/e\\f.wav");
  const auto paths = ReadManifest(folder.Path("all.txt"));
  ASSERT_TRUE(paths.ok()) << paths.status();
  EXPECT_EQ(*paths, (Paths{"a.wav", "b c/#d.wav", "/e\\f.wav"}));
}

TEST(Manifest, MayBeEmpty) {
  const TempFolder folder;
  folder.Write("all.txt", "");
  const auto paths = ReadManifest(folder.Path("all.txt"));
  ASSERT_TRUE(paths.ok()) << paths.status();
  EXPECT_TRUE(paths->empty());
}

TEST(Manifest, RefusesWhatIsNoPathWithItsLine) {
  const TempFolder folder;
  folder.Write("long.txt", "a.wav\n" + std::string(5000, 'x') + "\n");
  folder.Write("zero.txt", std::string("a.wav\nb\0c\n", 10));
  const std::string long_path(
      ReadManifest(folder.Path("long.txt")).status().message());
  EXPECT_NE(long_path.find("long.txt:2: the path has 5000 bytes"),
            std::string::npos)
      << long_path;
  const std::string zero(
      ReadManifest(folder.Path("zero.txt")).status().message());
  EXPECT_NE(zero.find("zero.txt:2:"), std::string::npos) << zero;
}

TEST(Manifest, CannotBeMissingOrAFolder) {
  const TempFolder folder;
  EXPECT_FALSE(ReadManifest(folder.Path("none.txt")).ok());
  folder.Write("in/a.wav", "");
  EXPECT_FALSE(ReadManifest(folder.Path("in")).ok());
}

TEST(Shard, IsOneOfN) {
  for (const char* text : {"1/1", "3/16", "1000000/1000000"}) {
    EXPECT_TRUE(ParseShard(text).ok()) << text;
  }
  EXPECT_EQ(*ParseShard("3/16"), (Shard{3, 16}));
  for (const char* text :
       {"", "1", "/", "0/2", "3/2", "1/", "/2", "-1/2", "1/2/3", "1/ 2", "a/b",
        "1/1000001", "99999999999/99999999999", "1.0/2"}) {
    const auto shard = ParseShard(text);
    ASSERT_FALSE(shard.ok()) << text;
    EXPECT_NE(shard.status().message().find("expected I/N"), std::string::npos);
  }
}

}  // namespace
}  // namespace tacet
