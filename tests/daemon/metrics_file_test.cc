// SPDX-License-Identifier: Apache-2.0
#include "daemon/metrics_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tacet {
namespace {

namespace fs = std::filesystem;

class WriteMetricsFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = "/tmp/tacet_metrics_" + std::to_string(getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    path_ = folder_ + "/tacet.prom";
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Read() {
    std::ifstream in(path_);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::string folder_;
  std::string path_;
};

TEST_F(WriteMetricsFileTest, IsReplacedWholeAndReadable) {
  const mode_t mask = umask(0077);
  ASSERT_TRUE(WriteMetricsFile(path_, "old and longer\n").ok());
  ASSERT_TRUE(WriteMetricsFile(path_, "new\n").ok());
  umask(mask);
  EXPECT_EQ(Read(), "new\n");
  struct stat about;
  ASSERT_EQ(stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0644u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(WriteMetricsFileTest, AFailureKeepsTheOldFile) {
  ASSERT_TRUE(WriteMetricsFile(path_, "old\n").ok());
  fs::create_directories(path_ + ".tmp/in-the-way");
  const absl::Status status = WriteMetricsFile(path_, "new\n");
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(Read(), "old\n");
}

TEST_F(WriteMetricsFileTest, DoesNotFollowALinkThatWasLaid) {
  const std::string victim = folder_ + "/victim";
  std::ofstream(victim) << "precious";
  fs::create_symlink(victim, path_ + ".tmp");
  ASSERT_TRUE(WriteMetricsFile(path_, "new\n").ok());
  EXPECT_EQ(fs::file_size(victim), 8u);
  EXPECT_EQ(Read(), "new\n");
}

TEST_F(WriteMetricsFileTest, NamesTheFileItCannotWrite) {
  const std::string path = folder_ + "/none/a.prom";
  const absl::Status status = WriteMetricsFile(path, "x");
  EXPECT_EQ(std::string(status.message()).rfind(path + ": cannot", 0), 0u)
      << status;
}

using std::chrono::steady_clock;

constexpr std::chrono::seconds kLimit(60);  // for what must come

// Takes nothing before Open(); remembers what it took, also from a thread that
// outlives the test.
class Disk {
 public:
  MetricsFile::Writer Writer() {
    return [state = state_](const std::string& path, std::string_view text) {
      std::unique_lock<std::mutex> lock(state->mutex);
      ++state->num_begun;
      state->changed.notify_all();
      state->changed.wait(lock, [&state] { return state->is_open; });
      state->texts.emplace_back(text);
      return path == "bad" ? absl::UnavailableError("bad: no disk")
                           : absl::OkStatus();
    };
  }
  void Open() {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->is_open = true;
    state_->changed.notify_all();
  }
  bool WaitForWriting(int number) {
    std::unique_lock<std::mutex> lock(state_->mutex);
    return state_->changed.wait_for(
        lock, kLimit, [&] { return state_->num_begun >= number; });
  }
  std::vector<std::string> texts() {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    return state_->texts;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_open = false;
    int num_begun = 0;
    std::vector<std::string> texts;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

// If Offer waited for the disk, this would never end.
TEST(MetricsFile, ADiskThatTakesNothingDelaysNobodyAndTheNewestTextCounts) {
  Disk disk;
  MetricsFile file(disk.Writer());
  file.Offer("good", "first");
  ASSERT_TRUE(disk.WaitForWriting(1));
  file.Offer("good", "left out");
  EXPECT_TRUE(file.TakeStatus().ok());
  file.Offer("good", "newest");
  EXPECT_EQ(file.TakeStatus().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(file.TakeStatus().ok());  // told once
  disk.Open();
  ASSERT_TRUE(disk.WaitForWriting(2));
  const auto limit = steady_clock::now() + kLimit;
  while (disk.texts().size() < 2 && steady_clock::now() < limit) {
    std::this_thread::yield();
  }
  EXPECT_EQ(disk.texts(), (std::vector<std::string>{"first", "newest"}));
}

TEST(MetricsFile, WhatWasOfferedLastIsWrittenAtTheEnd) {
  Disk disk;
  disk.Open();
  for (int i = 0; i < 100; ++i) {
    MetricsFile file(disk.Writer());
    file.Offer("good", std::to_string(i));
  }
  const std::vector<std::string> texts = disk.texts();
  ASSERT_EQ(texts.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(texts[i], std::to_string(i));
}

TEST(MetricsFile, ADiskThatNeverComesBackDoesNotHoldTheEnd) {
  Disk disk;
  auto file = std::make_unique<MetricsFile>(disk.Writer());
  file->Offer("good", "text");
  ASSERT_TRUE(disk.WaitForWriting(1));
  // Else this would never end.
  EXPECT_EQ(file->End().code(), absl::StatusCode::kDeadlineExceeded);
  file.reset();
  EXPECT_TRUE(disk.texts().empty());
  disk.Open();  // for the thread that was left
}

TEST(MetricsFile, TellsTheWritersError) {
  Disk disk;
  disk.Open();
  MetricsFile file(disk.Writer());
  file.Offer("bad", "text");
  const auto limit = steady_clock::now() + kLimit;
  absl::Status status;
  while ((status = file.TakeStatus()).ok() && steady_clock::now() < limit) {
    std::this_thread::yield();
  }
  EXPECT_EQ(std::string(status.message()), "bad: no disk");
  EXPECT_TRUE(file.TakeStatus().ok());
  file.Offer("bad", "last");
  EXPECT_EQ(std::string(file.End().message()), "bad: no disk");
}

}  // namespace
}  // namespace tacet
