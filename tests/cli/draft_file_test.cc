// SPDX-License-Identifier: Apache-2.0
#include "cli/draft_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "tests/cli/temp_folder.h"

namespace tacet {
namespace {

namespace fs = std::filesystem;

class DraftFileOfKind : public testing::TestWithParam<DraftFile::Kind> {
 protected:
  std::unique_ptr<DraftFile> Open(const std::string& target) {
    auto draft = DraftFile::Open(target, GetParam());
    EXPECT_EQ(write(draft->fd(), "new", 3), 3);
    return draft;
  }
  const TempFolder folder_;
};

TEST_P(DraftFileOfKind, HasItsNameOnceItIsPublished) {
  auto draft = Open(folder_.Path("out"));
  EXPECT_FALSE(fs::exists(folder_.Path("out")));
  EXPECT_EQ(draft->Publish(false), 0);
  draft.reset();
  EXPECT_EQ(folder_.Read("out"), "new");
  EXPECT_EQ(folder_.NumEntries(), 1u);
}

TEST_P(DraftFileOfKind, IsGoneIfItIsNotPublished) {
  Open(folder_.Path("out")).reset();
  EXPECT_EQ(folder_.NumEntries(), 0u);
}

TEST_P(DraftFileOfKind, TakesAnothersPlaceOnlyIfItMay) {
  folder_.Write("out", "precious");
  EXPECT_EQ(Open(folder_.Path("out"))->Publish(false), EEXIST);
  EXPECT_EQ(folder_.Read("out"), "precious");
  EXPECT_EQ(Open(folder_.Path("out"))->Publish(true), 0);
  EXPECT_EQ(folder_.Read("out"), "new");
  EXPECT_EQ(folder_.NumEntries(), 1u);
}

TEST_P(DraftFileOfKind, DoesNotReplaceAFolder) {
  folder_.Write("out/precious", "");
  EXPECT_NE(Open(folder_.Path("out"))->Publish(true), 0);
  EXPECT_TRUE(fs::exists(folder_.Path("out/precious")));
  EXPECT_EQ(folder_.NumEntries(), 1u);
}

TEST_P(DraftFileOfKind, HasTheModeOfANewFile) {
  const mode_t mask = umask(0027);
  Open(folder_.Path("out"))->Publish(false);
  umask(mask);
  EXPECT_EQ(
      fs::status(folder_.Path("out")).permissions(),
      fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
}

TEST_P(DraftFileOfKind, AFolderThatIsNotThereIsAnError) {
  EXPECT_EQ(DraftFile::Open(folder_.Path("no/out"), GetParam()), nullptr);
  EXPECT_EQ(errno, ENOENT);
}

INSTANTIATE_TEST_SUITE_P(Kinds, DraftFileOfKind,
                         testing::Values(DraftFile::Kind::kUnnamed,
                                         DraftFile::Kind::kNamed));

// What a process that was killed left behind must not stop the next one, which
// may draw the same numbers.
TEST(DraftFile, TakesAnotherNameWhereOneIsTaken) {
  const TempFolder folder;
  uint64_t number = 7;
  const auto draw = [&number] { return number; };
  const auto left =
      DraftFile::Open(folder.Path("out"), DraftFile::Kind::kNamed, draw);
  ASSERT_NE(left, nullptr);
  EXPECT_EQ(DraftFile::Open(folder.Path("out"), DraftFile::Kind::kNamed, draw),
            nullptr);
  EXPECT_EQ(errno, EEXIST);
  int num_draws = 0;
  const auto next = [&] { return num_draws++ < 3 ? 7u : 8u; };
  const auto draft =
      DraftFile::Open(folder.Path("out"), DraftFile::Kind::kNamed, next);
  ASSERT_NE(draft, nullptr);
  EXPECT_EQ(num_draws, 4);
  EXPECT_EQ(folder.NumEntries(), 2u);
}

// A named draft has to have a name that nobody foresees and no walk takes up.
TEST(DraftFile, IsHiddenUnderARandomName) {
  const TempFolder folder;
  const auto a =
      DraftFile::Open(folder.Path("out.wav"), DraftFile::Kind::kNamed);
  const auto b =
      DraftFile::Open(folder.Path("out.wav"), DraftFile::Kind::kNamed);
  for (const auto& entry : fs::directory_iterator(folder.Path(""))) {
    const std::string name = entry.path().filename().string();
    EXPECT_EQ(name.substr(0, 9), ".out.wav.");
    EXPECT_EQ(name.substr(9 + 16), ".tmp");
  }
  EXPECT_EQ(folder.NumEntries(), 2u);
  EXPECT_NE(DraftFile::RandomNumber(), DraftFile::RandomNumber());
}

// Where the file system can, nothing is in the folder that a kill could leave.
TEST(DraftFile, WithoutANameIsNotInItsFolder) {
  const TempFolder folder;
  const int fd = open(folder.Path("").c_str(), O_TMPFILE | O_RDWR, 0600);
  if (fd < 0) GTEST_SKIP() << "this file system has no files without a name";
  close(fd);
  const auto draft =
      DraftFile::Open(folder.Path("out"), DraftFile::Kind::kUnnamed);
  ASSERT_NE(draft, nullptr);
  EXPECT_EQ(folder.NumEntries(), 0u);
}

}  // namespace
}  // namespace tacet
