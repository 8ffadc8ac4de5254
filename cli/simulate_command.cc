// SPDX-License-Identifier: Apache-2.0
#include "cli/simulate_command.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chips/chip_file.h"
#include "cli/model_report.h"
#include "cli/output_file.h"
#include "cli/simulate_picture.h"
#include "cli/simulate_report.h"
#include "cli/simulate_trace.h"
#include "cli/validators.h"

namespace tacet {
namespace {

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "tacet: %s\n", std::string(status.message()).c_str());
  return 1;
}

std::string ChipNames() {
  std::string names;
  for (const BuiltinChip& chip : BuiltinChips()) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", std::string(chip.name));
  }
  return names;
}

absl::Status Run(const SimulateCommand& command) {
  std::unique_ptr<SimulationTrace> trace;
  if (!command.trace.empty()) {
    auto created = SimulationTrace::Create(command.trace, command.force);
    if (!created.ok()) return created.status();
    trace = *std::move(created);
  }
  std::unique_ptr<OutputFile> picture;
  if (!command.picture.empty()) {
    auto created = OutputFile::Create(command.picture, command.force);
    if (!created.ok()) return created.status();
    picture = *std::move(created);
  }
  const absl::StatusOr<Simulation> run =
      RunSimulation(command.settings, trace.get());
  if (!run.ok()) return run.status();
  absl::Status status;
  if (trace != nullptr) {
    status = trace->Finish(run->meter->network().graph);
    if (!status.ok()) return status;
    if (trace->is_cut()) {
      std::fprintf(stderr, "tacet: %s: holds the first %lld tokens\n",
                   command.trace.c_str(),
                   static_cast<long long>(SimulationTrace::kMaxTokens));
    }
  }
  if (picture != nullptr) {
    status = DrawChip(*run, std::move(picture));
    if (!status.ok()) return status;
  }
  const std::string text =
      command.json ? SimulationJson(*run) : SimulationText(*run);
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    return absl::ErrnoToStatus(errno, "standard output: cannot write");
  }
  return absl::OkStatus();
}

}  // namespace

CLI::App* AddSimulateCommand(CLI::App* app, SimulateCommand* command) {
  SimulateSettings* s = &command->settings;
  CLI::App* simulate = app->add_subcommand(
      "simulate", "Estimate what a neuromorphic chip would take");
  simulate->add_option("file", s->input, "Audio to denoise; - reads a pipe")
      ->required()
      ->type_name("FILE");
  simulate->add_option("--model", s->model, ModelOptionHelp())
      ->type_name("FILE|NAME");
  simulate
      ->add_option("--chip", s->chip,
                   "A set of constants: a TOML file, or " + ChipNames() +
                       ".\nDefault: " + std::string(kDefaultChip))
      ->type_name("FILE|NAME");
  const std::map<std::string, ExecutionMode> modes = {
      {"fall-through", ExecutionMode::kFallThrough},
      {"pipelined", ExecutionMode::kPipelined}};
  simulate
      ->add_option("--mode", s->mode,
                   "fall-through (default): a token enters when the one\n"
                   "before has left; pipelined: one enters each step")
      ->type_name("fall-through|pipelined")
      ->transform(OneOf(modes));
  const std::map<std::string, CorePlacement> placements = {
      {"balanced", CorePlacement::kBalanced},
      {"compact", CorePlacement::kCompact}};
  simulate
      ->add_option("--placement", s->placement,
                   "balanced (default): cores where they save time; compact:\n"
                   "as few as the memory allows")
      ->type_name("balanced|compact")
      ->transform(OneOf(placements));
  simulate->add_flag("--json", command->json, "Print JSON");
  simulate
      ->add_option("--trace", command->trace,
                   "Write the steps for chrome://tracing or ui.perfetto.dev")
      ->type_name("OUT.json");
  simulate
      ->add_option("--picture", command->picture,
                   "Draw the chip with its cores coloured by their work")
      ->type_name("OUT.png");
  simulate->add_flag("-f,--force", command->force, "Overwrite existing files");
  return simulate;
}

int RunSimulateCommand(const SimulateCommand& command) {
  const absl::Status status = Run(command);
  return status.ok() ? 0 : Fail(status);
}

}  // namespace tacet
