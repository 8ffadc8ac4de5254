// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_DAEMON_CONFIG_H_
#define TACET_CLI_DAEMON_CONFIG_H_

#include <string>

namespace tacet {

// `tacet config check|show|init`. Each prints and gives the exit status.

// Names every mistake in the file, or, for an empty name, in the files in use.
int CheckConfigFiles(const std::string& file);
// Prints the values in force and where they come from.
int ShowConfig();
// Writes the user's file with all keys commented out.
//   force  also over an existing one
int InitConfig(bool force);

}  // namespace tacet

#endif  // TACET_CLI_DAEMON_CONFIG_H_
