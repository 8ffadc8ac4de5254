// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_INTERRUPT_H_
#define TACET_CLI_INTERRUPT_H_

namespace tacet {

// From now on SIGINT, SIGTERM and SIGHUP remove unfinished outputs and then end
// the process as they would have, and a write past the file-size limit or into
// a closed pipe is an error of that write instead of a signal.
// Call first thing in main, before any other thread starts: the signals are
// blocked in all and waited for in a thread of their own, so that the clean-up
// is ordinary code that may lock.
void HandleTerminationSignals();

}  // namespace tacet

#endif  // TACET_CLI_INTERRUPT_H_
