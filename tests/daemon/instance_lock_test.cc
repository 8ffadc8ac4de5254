// SPDX-License-Identifier: Apache-2.0
#include "daemon/instance_lock.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace tacet {
namespace {

class InstanceLockTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "tacet-lock-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    folder_ = name + "/tacet";
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::string root_;
  std::string folder_;
};

TEST_F(InstanceLockTest, SecondIsRefusedNamingTheFirst) {
  const absl::StatusOr<InstanceLock> first = InstanceLock::Take(folder_);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(std::filesystem::status(folder_).permissions(),
            std::filesystem::perms::owner_all);
  const absl::Status second = InstanceLock::Take(folder_).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(second.message(), "another tacetd runs already (process " +
                                  std::to_string(getpid()) + ")");
}

TEST_F(InstanceLockTest, EndsWithItsHolder) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const absl::StatusOr<InstanceLock> lock = InstanceLock::Take(folder_);
    _exit(lock.ok() ? 0 : 1);  // without a destructor, as after SIGKILL
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(InstanceLock::Take(folder_).ok());
}

TEST_F(InstanceLockTest, IsHandedToTheNextProgram) {
  std::optional<InstanceLock> adopted;
  {
    absl::StatusOr<InstanceLock> lock = InstanceLock::Take(folder_);
    ASSERT_TRUE(lock.ok());
    adopted.emplace(InstanceLock::Adopt(lock->KeepForExec()));
  }
  EXPECT_FALSE(InstanceLock::Take(folder_).ok());
  adopted.reset();
  EXPECT_TRUE(InstanceLock::Take(folder_).ok());
}

TEST_F(InstanceLockTest, FolderThatCannotBeMadeIsNamed) {
  const absl::Status status =
      InstanceLock::Take(root_ + "/absent/tacet").status();
  EXPECT_NE(status.message().find(root_ + "/absent/tacet"),
            absl::string_view::npos)
      << status;
}

}  // namespace
}  // namespace tacet
