// SPDX-License-Identifier: Apache-2.0
// What the commands of cli/daemon_command.h take.
#include <CLI/CLI.hpp>
#include <string>

#include "cli/daemon_command.h"

namespace tacet {
namespace {

using Kind = DaemonCommand::Kind;

constexpr char kGroup[] = "The daemon";
constexpr char kFooter[] =
    "\nExit status: 0 if all went well, 1 after an error, 2 for wrong usage,\n"
    "3 when no daemon runs.";

CLI::App* Add(CLI::App* app, const char* name, const char* help, Kind kind,
              DaemonCommand* command) {
  CLI::App* sub = app->add_subcommand(name, help);
  sub->callback([command, kind] { command->kind = kind; });
  sub->footer(kFooter);
  return sub;
}

void AddConfig(CLI::App* app, DaemonCommand* command) {
  CLI::App* config =
      app->add_subcommand("config", "Check, show or write the configuration");
  config->require_subcommand(1);
  config->group(kGroup);
  Add(config, "check", "Name each mistake with its line", Kind::kConfigCheck,
      command)
      ->add_option("file", command->argument,
                   "A file. Default: those that the daemon reads")
      ->type_name("FILE");
  Add(config, "show", "Print the values in force and where they come from",
      Kind::kConfigShow, command);
  Add(config, "init", "Write your own file, with all keys commented out",
      Kind::kConfigInit, command)
      ->add_flag("-f,--force", command->force, "Overwrite an existing one");
}

void AddLatency(CLI::App* app, DaemonCommand* command) {
  CLI::App* latency = Add(app, "latency", "Show where a frame's time goes",
                          Kind::kLatency, command);
  latency->group(kGroup);
  latency->add_flag("--json", command->json, "Print JSON");
  latency->add_flag("--reset", command->reset, "Begin anew afterwards");
  CLI::Option* loopback = latency->add_flag(
      "--loopback", command->loopback,
      "Send 20 bursts through the microphone and time them; it is in bypass\n"
      "meanwhile");
  latency
      ->add_flag("-f,--force", command->force,
                 "Do not ask first; it is refused all the same while others\n"
                 "listen")
      ->needs(loopback);
  latency
      ->add_flag("--even-if-heard", command->even_if_heard,
                 "Also while others listen, who hear the bursts")
      ->needs(loopback);
}

}  // namespace

void AddDaemonCommands(CLI::App* app, CLI::App* model, DaemonCommand* command) {
  const auto add = [app, command](const char* name, const char* help,
                                  Kind kind) {
    CLI::App* sub = Add(app, name, help, kind, command);
    sub->group(kGroup);
    return sub;
  };
  add("status", "Show what the daemon does", Kind::kStatus)
      ->add_flag("--json", command->json, "Print JSON");
  add("top", "Show live meters; q quits", Kind::kTop)
      ->add_option("-n,--count", command->num_frames,
                   "End after so many frames")
      ->type_name("N");
  add("monitor", "Show live spectrograms and delays in a browser",
      Kind::kMonitor)
      ->add_option("--port", command->port,
                   "Port on 127.0.0.1. Default: one that is free")
      ->check(CLI::Range(1024, 65535).description(""))
      ->type_name("PORT");
  add("set", "Change a setting until the next reload", Kind::kSet)
      ->add_option("setting", command->argument,
                   "strength=DB, mode=NAME, device=NAME or a configuration key")
      ->required()
      ->type_name("KEY=VALUE");
  add("mode", "Switch to clean, bypass or mute, or toggle", Kind::kMode)
      ->add_option("mode", command->argument, "clean, bypass, mute or toggle")
      ->required()
      ->type_name("MODE");
  add("devices", "List the microphones there are; * is the default",
      Kind::kDevices)
      ->add_flag("--json", command->json, "Print JSON");
  add("reload", "Make the daemon read its configuration again", Kind::kReload);
  AddLatency(app, command);
  add("metrics", "Print metrics as Prometheus reads them", Kind::kMetrics);
  add("stop", "End the daemon", Kind::kStop);
  add("doctor", "Look for what may be wrong and say what to do", Kind::kDoctor);
  AddConfig(app, command);
  Add(model, "use", "Make the daemon use a model: tacet model use FILE|NAME",
      Kind::kModelUse, command)
      ->add_option("model", command->argument,
                   "A model file or the name of a built-in model")
      ->required()
      ->type_name("FILE|NAME");
}

}  // namespace tacet
