// SPDX-License-Identifier: Apache-2.0
#include "cli/batch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>

#include "tests/cli/temp_folder.h"

namespace tacet {
namespace {

TEST(Batch, TakesUpAudioBelowFoldersInOrderAndKeepsTheTree) {
  const TempFolder folder;
  for (const char* name : {"in/b.wav", "in/a/c.flac", "in/readme.txt",
                           "in/a/.b.wav.1-0.tmp", "x.ogg"}) {
    folder.Write(name, "12345");
  }
  const BatchPlan plan =
      PlanBatch({folder.Path("x.ogg"), folder.Path("in")}, "out", "");
  ASSERT_EQ(plan.jobs.size(), 3u);
  EXPECT_TRUE(plan.failures.empty());
  EXPECT_EQ(plan.jobs[0].output, "out/x.ogg");
  EXPECT_EQ(plan.jobs[1].output, "out/a/c.flac");
  EXPECT_EQ(plan.jobs[2].output, "out/b.wav");
  EXPECT_EQ(plan.jobs[2].input, folder.Path("in/b.wav"));
  EXPECT_EQ(plan.jobs[2].bytes, 5);
}

TEST(Batch, ChangesExtensionsAndRefusesCollisions) {
  const TempFolder folder;
  folder.Write("in/a.wav", "");
  folder.Write("in/a.flac", "");
  const BatchPlan plan = PlanBatch({folder.Path("in")}, "out", "ogg");
  ASSERT_EQ(plan.jobs.size(), 1u);
  EXPECT_EQ(plan.jobs[0].output, "out/a.ogg");
  EXPECT_EQ(plan.failures.size(), 1u);
}

TEST(Batch, KeepsThePathsOfAManifest) {
  const TempFolder folder;
  folder.Write("in/a.wav", "");
  const BatchPlan plan =
      PlanManifest({"b/../c.wav", "/d/e.wav", "./f.wav", "b/../../g.wav", "..",
                    folder.Path("in")},
                   "out", "");
  ASSERT_EQ(plan.jobs.size(), 3u);
  EXPECT_EQ(plan.jobs[0].input, "b/../c.wav");
  EXPECT_EQ(plan.jobs[0].output, "out/c.wav");
  EXPECT_EQ(plan.jobs[1].output, "out/d/e.wav");
  EXPECT_EQ(plan.jobs[2].output, "out/f.wav");
  EXPECT_EQ(plan.failures.size(), 3u);
}

TEST(Batch, DividesJobsAmongShards) {
  BatchPlan all;
  for (int i = 0; i < 10; ++i) {
    all.jobs.push_back({std::to_string(i), std::to_string(i), 0});
  }
  all.failures.push_back(absl::UnknownError("no job"));
  for (const int count : {1, 3, 10, 11}) {
    std::multiset<std::string> seen;
    size_t num_failures = 0;
    for (int index = 1; index <= count; ++index) {
      BatchPlan mine = all;
      TakeShard({index, count}, &mine);
      EXPECT_LE(mine.jobs.size(), 10u / count + 1);
      for (const Job& job : mine.jobs) seen.insert(job.input);
      num_failures += mine.failures.size();
    }
    EXPECT_EQ(seen.size(), 10u);
    EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), 10u);
    EXPECT_EQ(num_failures, 1u);
  }
}

TEST(Batch, SkipsWhatIsThere) {
  const TempFolder folder;
  folder.Write("out/a.wav", "");
  BatchPlan plan = PlanManifest({"a.wav", "b.wav"}, folder.Path("out"), "");
  EXPECT_EQ(SkipExisting(&plan), 1);
  ASSERT_EQ(plan.jobs.size(), 1u);
  EXPECT_EQ(plan.jobs[0].input, "b.wav");
}

TEST(Batch, FollowsLinksToFolders) {
  const TempFolder folder;
  folder.Write("in/a.wav", "");
  folder.Write("other/deep/b.wav", "");
  std::filesystem::create_directory_symlink(folder.Path("other"),
                                            folder.Path("in/one"));
  std::filesystem::create_directory_symlink("one/deep", folder.Path("in/two"));
  const BatchPlan plan = PlanBatch({folder.Path("in")}, "out", "");
  ASSERT_EQ(plan.jobs.size(), 3u);
  EXPECT_EQ(plan.jobs[0].output, "out/a.wav");
  EXPECT_EQ(plan.jobs[1].output, "out/one/deep/b.wav");
  EXPECT_EQ(plan.jobs[2].output, "out/two/b.wav");
  EXPECT_TRUE(plan.failures.empty());
  EXPECT_TRUE(plan.warnings.empty());
}

TEST(Batch, WarnsOfALinkThatLeadsBackOrNowhere) {
  const TempFolder folder;
  folder.Write("in/a.wav", "");
  folder.Write("in/b/c.wav", "");
  std::filesystem::create_directory_symlink(folder.Path("in"),
                                            folder.Path("in/b/loop"));
  std::filesystem::create_directory_symlink(folder.Path("gone"),
                                            folder.Path("in/nowhere"));
  BatchPlan plan = PlanBatch({folder.Path("in")}, "out", "");
  EXPECT_EQ(plan.jobs.size(), 2u);
  EXPECT_TRUE(plan.failures.empty());
  ASSERT_EQ(plan.warnings.size(), 2u);
  EXPECT_EQ(plan.warnings[0].find(folder.Path("in/b/loop") + ": leads back"),
            0u)
      << plan.warnings[0];
  EXPECT_EQ(plan.warnings[1],
            folder.Path("in/nowhere") + ": leads nowhere; left out");
  TakeShard({2, 2}, &plan);
  EXPECT_TRUE(plan.warnings.empty());
}

// Links of two folders to each other.
TEST(Batch, EndsWhereLinksCross) {
  const TempFolder folder;
  folder.Write("in/a/1.wav", "");
  folder.Write("in/b/2.wav", "");
  std::filesystem::create_directory_symlink("../b", folder.Path("in/a/b"));
  std::filesystem::create_directory_symlink("../a", folder.Path("in/b/a"));
  const BatchPlan plan = PlanBatch({folder.Path("in")}, "out", "");
  ASSERT_EQ(plan.jobs.size(), 4u);  // a/1, a/b/2, b/2, b/a/1
  EXPECT_EQ(plan.jobs[1].output, "out/a/b/2.wav");
  EXPECT_EQ(plan.warnings.size(), 2u);
}

TEST(Batch, ALinkToTheOutputFolderIsNotRead) {
  const TempFolder folder;
  folder.Write("in/a.wav", "");
  folder.Write("out/old.wav", "");
  std::filesystem::create_directory_symlink(folder.Path("out"),
                                            folder.Path("in/done"));
  EXPECT_EQ(PlanBatch({folder.Path("in")}, folder.Path("out"), "").jobs.size(),
            1u);
}

TEST(Batch, RunsEachJobOnceWhateverTheThreads) {
  std::vector<Job> jobs(100);
  for (int i = 0; i < 100; ++i) jobs[i].input = std::to_string(i);
  for (int num_threads : {-1, 1, 3, 1000}) {
    std::mutex mutex;
    std::multiset<std::string> seen;
    RunJobs(jobs, num_threads, [&](const Job& job) {
      std::lock_guard<std::mutex> lock(mutex);
      seen.insert(job.input);
    });
    EXPECT_EQ(seen.size(), 100u);
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 100u);
  }
  RunJobs({}, 4, [](const Job&) { FAIL(); });
}

}  // namespace
}  // namespace tacet
