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

TEST(Batch, DoesNotFollowALinkBackToAFolder) {
  const TempFolder folder;
  folder.Write("in/a.wav", "");
  std::filesystem::create_directory_symlink(folder.Path("in"),
                                            folder.Path("in/loop"));
  EXPECT_EQ(PlanBatch({folder.Path("in")}, "out", "").jobs.size(), 1u);
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
