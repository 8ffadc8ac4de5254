// SPDX-License-Identifier: Apache-2.0
#include "cli/output_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/cli/temp_folder.h"

namespace tacet {
namespace {

TEST(OutputFile, AppearsWholeAtCommitAndNotBefore) {
  const TempFolder folder;
  {
    auto file = *OutputFile::Create(folder.Path("out"), false);
    ASSERT_TRUE(file->Write("hello", 5).ok());
    EXPECT_FALSE(std::filesystem::exists(folder.Path("out")));
    EXPECT_TRUE(file->Commit().ok());
  }
  EXPECT_EQ(folder.Read("out"), "hello");
  EXPECT_EQ(folder.NumEntries(), 1u);
}

TEST(OutputFile, WithoutCommitLeavesNothing) {
  const TempFolder folder;
  {
    auto file = *OutputFile::Create(folder.Path("out"), false);
    ASSERT_TRUE(file->Write("hello", 5).ok());
  }
  EXPECT_EQ(folder.NumEntries(), 0u);
}

TEST(OutputFile, RefusesToOverwriteEvenWhatCameMeanwhile) {
  const TempFolder folder;
  folder.Write("old", "precious");
  EXPECT_TRUE(absl::IsAlreadyExists(
      OutputFile::Create(folder.Path("old"), false).status()));
  auto file = *OutputFile::Create(folder.Path("new"), false);
  folder.Write("new", "precious");
  EXPECT_TRUE(absl::IsAlreadyExists(file->Commit()));
  file.reset();
  EXPECT_EQ(folder.Read("new"), "precious");
  EXPECT_EQ(folder.NumEntries(), 2u);
}

TEST(OutputFile, OverwritesByForce) {
  const TempFolder folder;
  folder.Write("out", "something longer");
  auto file = *OutputFile::Create(folder.Path("out"), true);
  ASSERT_TRUE(file->Write("new", 3).ok());
  EXPECT_EQ(folder.Read("out"), "something longer");
  ASSERT_TRUE(file->Commit().ok());
  EXPECT_EQ(folder.Read("out"), "new");
}

TEST(OutputFile, SeeksBackToCompleteAHeader) {
  const TempFolder folder;
  auto file = *OutputFile::Create(folder.Path("out"), false);
  ASSERT_TRUE(file->Write("....body", 8).ok());
  file->Seek(0);
  ASSERT_TRUE(file->Write("head", 4).ok());
  EXPECT_EQ(file->position(), 4);
  EXPECT_EQ(file->size(), 8);
  ASSERT_TRUE(file->Commit().ok());
  EXPECT_EQ(folder.Read("out"), "headbody");
}

TEST(OutputFile, APipeDropsWhatIsWrittenOverBytesThatAreOut) {
  auto file = *OutputFile::Create("/dev/null", false);
  EXPECT_TRUE(file->sequential());
  ASSERT_TRUE(file->Write("12345678", 8).ok());
  file->Seek(2);
  ASSERT_TRUE(file->Write("ab", 2).ok());
  EXPECT_EQ(file->position(), 4);
  EXPECT_EQ(file->size(), 8);
  ASSERT_TRUE(file->Write("abcdefgh", 8).ok());
  EXPECT_EQ(file->size(), 12);
}

TEST(OutputFile, TheFirstFailureSticks) {
  auto file = *OutputFile::Create("/dev/full", false);
  EXPECT_FALSE(file->Write("x", 1).ok());
  EXPECT_FALSE(file->status().ok());
  EXPECT_FALSE(file->Write("", 0).ok());
  EXPECT_FALSE(file->Commit().ok());
}

}  // namespace
}  // namespace tacet
