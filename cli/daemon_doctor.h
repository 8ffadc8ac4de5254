// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_DAEMON_DOCTOR_H_
#define TACET_CLI_DAEMON_DOCTOR_H_

#include <string>
#include <vector>

namespace tacet {

struct Finding {
  enum class Grade {
    kFine,
    kHint,     // works, could be better
    kProblem,  // does not work
  };
  Grade grade = Grade::kFine;
  std::string subject;  // "sound servers"
  std::string what;     // one line
  std::string remedy;   // what to do; empty when fine
};

// Looks at all that the daemon needs: the runtime folder, the configuration,
// the model, the sound servers, permissions, real-time limits, the daemon
// itself and the microphones it knows. Changes nothing.
std::vector<Finding> Examine();

// Prints them; 1 if there is a problem, else 0.
int PrintFindings(const std::vector<Finding>& findings);

}  // namespace tacet

#endif  // TACET_CLI_DAEMON_DOCTOR_H_
