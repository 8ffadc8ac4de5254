// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_command.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <map>

#include "cli/bench_report.h"
#include "cli/model_report.h"
#include "cli/validators.h"

namespace tacet {
namespace {

constexpr double kLeastSeconds = 0.1;

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "tacet: %s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace

CLI::App* AddBenchCommand(CLI::App* app, BenchCommand* command) {
  BenchSettings* s = &command->settings;
  CLI::App* bench =
      app->add_subcommand("bench", "Measure what denoising costs here");
  bench
      ->add_option("file", s->input,
                   "Audio to denoise. Default: a built-in sample of noisy\n"
                   "speech")
      ->type_name("FILE");
  bench->add_option("--model", s->model, ModelOptionHelp())
      ->type_name("FILE|NAME");
  const std::map<std::string, Backend> backends = {{"auto", Backend::kAuto},
                                                   {"float", Backend::kFloat},
                                                   {"fixed", Backend::kFixed}};
  bench->add_option("--backend", s->backend, "As of denoise")
      ->type_name("auto|fixed|float")
      ->transform(OneOf(backends));
  bench
      ->add_option("--kernels", s->kernels,
                   "Instructions to use, e.g. scalar. Default: the fastest\n"
                   "that this processor has")
      ->type_name("NAME");
  bench->add_flag("--blocks", s->in_blocks,
                  "In blocks of tokens, as denoise does with files");
  bench->add_option("--rate", s->rate_hz, "Rate of the stream: 16000 or 48000")
      ->type_name("HZ")
      ->check(Plain(CLI::IsMember({16000, 48000})))
      ->capture_default_str();
  bench
      ->add_option("--seconds", s->seconds,
                   "Audio to process; the input is repeated")
      ->type_name("S")
      ->check(
          Plain(CLI::Range(kLeastSeconds, double{BenchSettings::kMaxSeconds})))
      ->capture_default_str();
  bench
      ->add_option("--streams", s->num_streams,
                   "Streams at the same time, on one thread")
      ->type_name("N")
      ->check(Plain(CLI::Range(1, BenchSettings::kMaxStreams)))
      ->capture_default_str();
  bench->add_flag("--json", command->json, "Print JSON");
  bench
      ->add_option("--plot", command->plot,
                   "Draw the stages and the distribution of times")
      ->type_name("OUT.png");
  return bench;
}

int RunBenchCommand(const BenchCommand& command) {
  const absl::StatusOr<BenchResult> result = RunBench(command.settings);
  if (!result.ok()) return Fail(result.status());
  if (!command.plot.empty()) {
    const absl::Status status = WriteBenchPlot(command.plot, *result);
    if (!status.ok()) return Fail(status);
  }
  const std::string text =
      command.json ? BenchJson(*result) : BenchText(*result);
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    return Fail(absl::ErrnoToStatus(errno, "standard output: cannot write"));
  }
  return 0;
}

}  // namespace tacet
