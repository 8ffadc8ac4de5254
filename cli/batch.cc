// SPDX-License-Identifier: Apache-2.0
#include "cli/batch.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <system_error>
#include <thread>

#include "absl/strings/str_cat.h"
#include "cli/format.h"

namespace tacet {
namespace {

namespace fs = std::filesystem;

class Planner {
 public:
  Planner(const std::string& output_dir, const std::string& extension)
      : output_dir_(output_dir), extension_(extension) {
    std::error_code error;
    canonical_output_dir_ = fs::weakly_canonical(output_dir_, error);
  }

  void Add(const std::string& input) {
    std::error_code error;
    const fs::path path(input);
    if (!fs::is_directory(path, error)) {
      AddFile(path, path.filename());
      return;
    }
    const size_t num_before = plan_.jobs.size() + plan_.failures.size();
    Walk(path, fs::path());
    if (plan_.jobs.size() + plan_.failures.size() == num_before) {
      plan_.failures.push_back(
          absl::NotFoundError(absl::StrCat(input, ": holds no audio file")));
    }
  }

  void AddListed(const std::string& file) {
    const fs::path relative = fs::path(file).relative_path().lexically_normal();
    std::error_code error;
    if (relative.empty() || *relative.begin() == "..") {
      plan_.failures.push_back(absl::InvalidArgumentError(
          absl::StrCat(file, ": would go out of ", output_dir_.string())));
    } else if (fs::is_directory(file, error)) {
      plan_.failures.push_back(absl::InvalidArgumentError(
          absl::StrCat(file, ": is a folder; a manifest lists files")));
    } else {
      AddFile(file, relative);
    }
  }

  BatchPlan Take() { return std::move(plan_); }

 private:
  void AddFile(const fs::path& path, fs::path relative) {
    if (!extension_.empty()) relative.replace_extension(extension_);
    const std::string output = (output_dir_ / relative).string();
    const auto [other, is_new] = outputs_.emplace(output, path.string());
    if (!is_new) {
      plan_.failures.push_back(absl::AlreadyExistsError(
          absl::StrCat(path.string(), ": would go to ", output, ", where ",
                       other->second, " goes")));
      return;
    }
    std::error_code error;
    const auto size = fs::file_size(path, error);
    plan_.jobs.push_back(
        {path.string(), output, error ? 0 : static_cast<int64_t>(size)});
  }

  // Depth is bounded: no folder is entered from inside itself.
  void Walk(const fs::path& folder, const fs::path& relative) {
    std::error_code error;
    const fs::path canonical = fs::weakly_canonical(folder, error);
    if (canonical == canonical_output_dir_) return;
    if (std::find(above_.begin(), above_.end(), canonical) != above_.end()) {
      plan_.warnings.push_back(absl::StrCat(folder.string(), ": leads back to ",
                                            canonical.string(),
                                            ", which it is in; not followed"));
      return;
    }
    above_.push_back(canonical);
    WalkEntries(folder, relative);
    above_.pop_back();
  }

  void WalkEntries(const fs::path& folder, const fs::path& relative) {
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    fs::directory_iterator it(folder, error);
    while (!error && it != fs::directory_iterator()) {
      entries.push_back(*it);
      it.increment(error);
    }
    if (error) {
      plan_.failures.push_back(absl::UnknownError(
          absl::StrCat(folder.string(), ": cannot read: ", error.message())));
    }
    std::sort(entries.begin(), entries.end());
    for (const fs::directory_entry& entry : entries) {
      const fs::path name = relative / entry.path().filename();
      std::error_code ignored;
      if (entry.is_directory(ignored)) {
        Walk(entry.path(), name);
      } else if (HasAudioExtension(entry.path().string())) {
        AddFile(entry.path(), name);
      } else if (entry.is_symlink(ignored) && !entry.exists(ignored)) {
        plan_.warnings.push_back(
            absl::StrCat(entry.path().string(), ": leads nowhere; left out"));
      }
    }
  }

  const fs::path output_dir_;
  const std::string extension_;
  fs::path canonical_output_dir_;
  std::vector<fs::path> above_;                 // canonical, of the walk
  std::map<std::string, std::string> outputs_;  // output to its input
  BatchPlan plan_;
};

}  // namespace

BatchPlan PlanBatch(const std::vector<std::string>& inputs,
                    const std::string& output_dir,
                    const std::string& extension) {
  Planner planner(output_dir, extension);
  for (const std::string& input : inputs) planner.Add(input);
  return planner.Take();
}

BatchPlan PlanManifest(const std::vector<std::string>& files,
                       const std::string& output_dir,
                       const std::string& extension) {
  Planner planner(output_dir, extension);
  for (const std::string& file : files) planner.AddListed(file);
  return planner.Take();
}

void TakeShard(const Shard& shard, BatchPlan* plan) {
  std::vector<Job> mine;
  for (size_t i = shard.index - 1; i < plan->jobs.size(); i += shard.count) {
    mine.push_back(plan->jobs[i]);
  }
  plan->jobs = std::move(mine);
  if (shard.index == 1) return;
  plan->failures.clear();
  plan->warnings.clear();
}

int SkipExisting(BatchPlan* plan) {
  return static_cast<int>(std::erase_if(plan->jobs, [](const Job& job) {
    std::error_code error;
    return fs::exists(job.output, error);
  }));
}

void RunJobs(const std::vector<Job>& jobs, int num_threads,
             const std::function<void(const Job&)>& run) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < jobs.size(); i = next++) run(jobs[i]);
  };
  const size_t num_helpers =
      std::min<size_t>(std::max(num_threads, 1), jobs.size());
  std::vector<std::thread> helpers;
  for (size_t i = 1; i < num_helpers; ++i) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();
}

}  // namespace tacet
