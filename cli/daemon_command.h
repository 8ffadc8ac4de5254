// SPDX-License-Identifier: Apache-2.0
// The commands that talk to tacetd or look after its configuration.
#ifndef TACET_CLI_DAEMON_COMMAND_H_
#define TACET_CLI_DAEMON_COMMAND_H_

#include <string>

namespace CLI {
class App;
}

namespace tacet {

struct DaemonCommand {
  enum class Kind {
    kNone,
    kStatus,
    kTop,
    kSet,
    kMode,
    kDevices,
    kModelUse,
    kReload,
    kLatency,
    kMetrics,
    kStop,
    kMonitor,
    kDoctor,
    kConfigCheck,
    kConfigShow,
    kConfigInit,
  };
  Kind kind = Kind::kNone;
  std::string argument;  // KEY=VALUE, mode, model or file
  bool json = false;
  bool reset = false;
  bool loopback = false;
  bool force = false;          // does not ask
  bool even_if_heard = false;  // the bursts of loopback, by others
  int num_frames = 0;          // of top; 0: no end
  int port = 0;                // of monitor; 0: any that is free
};

// Adds the subcommands; parsing fills *command, whose kind stays kNone when
// another subcommand was given.
//   app      the command
//   model    its subcommand `model`, which gets `use`
//   command  outlives app
void AddDaemonCommands(CLI::App* app, CLI::App* model, DaemonCommand* command);

// Runs what was parsed and gives the exit status: 0, 1 after an error, 2 for
// wrong usage, 3 when no daemon runs.
int RunDaemonCommand(const DaemonCommand& command);

}  // namespace tacet

#endif  // TACET_CLI_DAEMON_COMMAND_H_
