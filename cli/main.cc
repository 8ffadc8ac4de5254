// SPDX-License-Identifier: Apache-2.0
//
// The command `tacet`: see cli/options.cc for what it takes.

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/backend.h"
#include "cli/batch.h"
#include "cli/bench_command.h"
#include "cli/console.h"
#include "cli/daemon_command.h"
#include "cli/denoise_file.h"
#include "cli/format.h"
#include "cli/interrupt.h"
#include "cli/model_report.h"
#include "cli/options.h"
#include "cli/simulate_command.h"

namespace tacet {
namespace {

constexpr int kAllFine = 0;
constexpr int kFailed = 1;

int Fail(const absl::Status& status) {
  const std::string text(status.message());
  std::fprintf(stderr, "tacet: %s\n", text.c_str());
  return kFailed;
}

int PrintModelInfo(const Options& options) {
  absl::StatusOr<std::shared_ptr<const Model>> model =
      FindModel(options.model_info_model);
  if (!model.ok()) return Fail(model.status());
  const std::string report = ModelReport(**model);
  if (std::fputs(report.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    return Fail(absl::ErrnoToStatus(errno, "standard output: cannot write"));
  }
  return kAllFine;
}

absl::StatusOr<BatchPlan> PlanFolder(const DenoiseOptions& options) {
  BatchPlan plan;
  if (options.manifest.empty()) {
    plan =
        PlanBatch(options.paths, options.output_dir, options.format.container);
  } else {
    const auto files = ReadManifest(options.manifest);
    if (!files.ok()) return files.status();
    plan = PlanManifest(*files, options.output_dir, options.format.container);
  }
  TakeShard(options.shard, &plan);
  if (options.skip_existing) SkipExisting(&plan);
  return plan;
}

absl::StatusOr<BatchPlan> PlanOf(const DenoiseOptions& options) {
  if (!options.output_dir.empty()) return PlanFolder(options);
  BatchPlan plan;
  Job job{options.paths[0], options.paths[1], 0};
  std::error_code error;
  const auto size = std::filesystem::file_size(job.input, error);
  if (!error) job.bytes = static_cast<int64_t>(size);
  plan.jobs.push_back(job);
  return plan;
}

// The folder of an output inside --output-dir.
absl::Status MakeFolder(const std::string& output) {
  const auto folder = std::filesystem::path(output).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return absl::OkStatus();
  return absl::UnknownError(absl::StrCat(
      folder.string(), ": cannot make this folder: ", error.message()));
}

absl::Status SetSources(const DenoiseOptions& options,
                        DenoiseSettings* settings) {
  absl::StatusOr<std::shared_ptr<const Model>> model = FindModel(options.model);
  if (!model.ok()) return model.status();
  const Backend backend = BackendFor(**model, options.backend);
  auto source = EstimatorsOf(*model, backend);
  if (!source.ok()) return source.status();
  settings->source = *std::move(source);
  // Floats have other last bits in blocks than live, which is asked for.
  if (backend != Backend::kFloat || options.fast) {
    // Where there are none, the stream's serve.
    auto blocks = BlockEstimatorsOf(*model, backend);
    if (blocks.ok()) settings->block_source = *std::move(blocks);
  }
  return absl::OkStatus();
}

int Denoise(const DenoiseOptions& options) {
  DenoiseSettings settings;
  const absl::Status found = SetSources(options, &settings);
  if (!found.ok()) return Fail(found);
  absl::StatusOr<BatchPlan> planned = PlanOf(options);
  if (!planned.ok()) return Fail(planned.status());
  BatchPlan& plan = *planned;
  if (plan.jobs.size() == 1 && plan.jobs[0].output == "-" &&
      isatty(STDOUT_FILENO) == 1) {
    return Fail(absl::InvalidArgumentError(
        "standard output is a terminal; send it to a file or a pipe"));
  }
  settings.strength = options.strength;
  settings.bypass = options.bypass;
  settings.link = options.link;
  settings.format = options.format;
  settings.raw = options.raw;
  settings.force = options.force;
  settings.picture = options.picture;

  Console console(options.quiet);
  std::atomic<int> num_failed = static_cast<int>(plan.failures.size());
  for (const absl::Status& failure : plan.failures) {
    console.Error(std::string(failure.message()));
  }
  for (const std::string& warning : plan.warnings) console.Warn(warning);
  int64_t total_bytes = 0;
  for (const Job& job : plan.jobs) total_bytes += job.bytes;
  console.StartProgress(total_bytes, static_cast<int>(plan.jobs.size()));
  RunJobs(plan.jobs, options.num_threads, [&](const Job& job) {
    absl::Status status =
        options.output_dir.empty() ? absl::OkStatus() : MakeFolder(job.output);
    if (status.ok()) status = DenoiseFile(job, settings, &console);
    console.FileDone();
    if (status.ok()) return;
    ++num_failed;
    console.Error(std::string(status.message()));
  });
  console.EndProgress();
  const size_t num_files = plan.jobs.size() + plan.failures.size();
  if (num_failed > 0 && num_files > 1) {
    console.Error(
        absl::StrCat(num_failed.load(), " of ", num_files, " files failed"));
  }
  return num_failed > 0 ? kFailed : kAllFine;
}

int Main(int argc, const char* const* argv) {
  ExitStatus exit;
  const std::optional<Options> options = ParseOptions(argc, argv, &exit);
  if (!options.has_value()) return exit.status;
  if (options->command == Options::Command::kDaemon) {
    return RunDaemonCommand(options->daemon);
  }
  if (options->command == Options::Command::kBench) {
    return RunBenchCommand(options->bench);
  }
  HandleTerminationSignals();
  if (options->command == Options::Command::kSimulate) {
    return RunSimulateCommand(options->simulate);
  }
  return options->command == Options::Command::kModelInfo
             ? PrintModelInfo(*options)
             : Denoise(options->denoise);
}

}  // namespace
}  // namespace tacet

int main(int argc, char** argv) { return tacet::Main(argc, argv); }
