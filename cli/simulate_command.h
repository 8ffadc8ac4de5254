// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_SIMULATE_COMMAND_H_
#define TACET_CLI_SIMULATE_COMMAND_H_

#include <string>

#include "cli/simulate_run.h"

namespace CLI {
class App;
}

namespace tacet {

struct SimulateCommand {
  SimulateSettings settings;
  bool json = false;
  std::string trace;    // a file to write; empty: none
  std::string picture;  // a PNG to write; empty: none
  bool force = false;
};

// Adds `simulate` to app; parsing fills *command, which outlives app.
CLI::App* AddSimulateCommand(CLI::App* app, SimulateCommand* command);

// Runs, prints, and gives the exit status: 0, or 1 after an error.
int RunSimulateCommand(const SimulateCommand& command);

}  // namespace tacet

#endif  // TACET_CLI_SIMULATE_COMMAND_H_
