// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_BATCH_H_
#define TACET_CLI_BATCH_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/manifest.h"

namespace tacet {

struct Job {
  std::string input;   // a path, or "-"
  std::string output;  // a path, or "-"
  int64_t bytes = 0;   // size of the input file; its share of the progress
};

struct BatchPlan {
  std::vector<Job> jobs;               // in order of the inputs, then by name
  std::vector<absl::Status> failures;  // what cannot become a job, and why
  std::vector<std::string> warnings;   // links to folders left out, and why
};

// Takes up files, and folders with all audio files below them, and names their
// outputs: `output_dir`/NAME for a file, `output_dir`/PATH for a file at PATH
// inside a folder. The extension becomes `extension` unless that is empty.
// Links to folders are followed, and their files have the link's name in their
// path; one that leads back to a folder it is in, or nowhere, is left out with
// a warning. `output_dir` is not read as input.
BatchPlan PlanBatch(const std::vector<std::string>& inputs,
                    const std::string& output_dir,
                    const std::string& extension);

// The same of files alone, as a manifest lists them: the output of a file is
// `output_dir`/PATH with all its folders, without a leading "/". What leads out
// of `output_dir` is a failure.
BatchPlan PlanManifest(const std::vector<std::string>& files,
                       const std::string& output_dir,
                       const std::string& extension);

// Leaves the jobs of a shard, and failures and warnings to the first of them.
void TakeShard(const Shard& shard, BatchPlan* plan);

// Leaves the jobs whose output does not exist; gives the number of others. An
// output is renamed into its place when it is complete.
int SkipExisting(BatchPlan* plan);

// Runs `run` once for each job, `num_threads` at a time, in order of start, and
// returns when all have ended. `run` must be safe to call from many threads.
void RunJobs(const std::vector<Job>& jobs, int num_threads,
             const std::function<void(const Job&)>& run);

}  // namespace tacet

#endif  // TACET_CLI_BATCH_H_
