// SPDX-License-Identifier: Apache-2.0
// What `tacet doctor` finds in what the daemon says of itself.
#ifndef TACET_CLI_DOCTOR_DAEMON_H_
#define TACET_CLI_DOCTOR_DAEMON_H_

#include <string>
#include <vector>

#include "cli/daemon_doctor.h"

namespace tacet {

// Asks the daemon for its status and its devices. The first and the last
// finding, of the daemon and its microphones, are always there; between them is
// only what is amiss: another version than this one, a mode that is not clean,
// a model that was stepped down from, faults of the sound.
//   source  audio.source of the configuration; "default": any
std::vector<Finding> ExamineDaemon(const std::string& source);

}  // namespace tacet

#endif  // TACET_CLI_DOCTOR_DAEMON_H_
