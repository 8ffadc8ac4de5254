// SPDX-License-Identifier: Apache-2.0
// Where the configuration lies, and reading it.
#ifndef TACET_CONFIG_LOAD_H_
#define TACET_CONFIG_LOAD_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "config/parse.h"

namespace tacet {

struct LoadedConfig {
  Config config;
  std::vector<std::string> files;  // those that were read, later ones win
  ConfigOrigins origins;
};

// The user's file, $XDG_CONFIG_HOME/tacet/tacet.toml, or in ~/.config.
// Errors: FailedPrecondition when neither XDG_CONFIG_HOME nor HOME helps.
absl::StatusOr<std::string> UserConfigPath();

// All places, the least important first: tacet/tacet.toml in each folder of
// $XDG_CONFIG_DIRS (/etc/xdg), then the user's. Folders that are no absolute
// path are left out, as the XDG specification wants.
std::vector<std::string> ConfigPaths();

// Defaults, overlaid by each of the files that exists.
//   problems  all of them, if not null; the status tells the first
// Errors: InvalidArgument "FILE:LINE: ..." for a bad file; those of the system
// for one that cannot be read.
// Thread: any.  Realtime-safe: no.
absl::StatusOr<LoadedConfig> LoadConfig(
    const std::vector<std::string>& paths = ConfigPaths(),
    std::vector<ConfigProblem>* problems = nullptr);

// Defaults, overlaid by this file, which must exist.
absl::StatusOr<LoadedConfig> LoadConfigFile(
    const std::string& path, std::vector<ConfigProblem>* problems = nullptr);

}  // namespace tacet

#endif  // TACET_CONFIG_LOAD_H_
