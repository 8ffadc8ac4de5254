// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_BENCH_COMMAND_H_
#define TACET_CLI_BENCH_COMMAND_H_

#include <string>

#include "cli/bench_run.h"

namespace CLI {
class App;
}

namespace tacet {

struct BenchCommand {
  BenchSettings settings;
  bool json = false;
  std::string plot;  // a PNG to write; empty: none
};

// Adds `bench` to app; parsing fills *command, which outlives app.
CLI::App* AddBenchCommand(CLI::App* app, BenchCommand* command);

// Runs, prints, and gives the exit status: 0, or 1 after an error.
int RunBenchCommand(const BenchCommand& command);

}  // namespace tacet

#endif  // TACET_CLI_BENCH_COMMAND_H_
