// SPDX-License-Identifier: Apache-2.0
// Whether a JACK server can be there, without libjack's help.
#ifndef TACET_DAEMON_JACK_SOCKET_H_
#define TACET_DAEMON_JACK_SOCKET_H_

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace tacet {

// Each jack_client_open opens a database before it looks for a server, takes of
// its locks, which processes that are killed never give back, and writes to
// standard error once there are no more.

// Where servers of this name listen: JACK 2 and JACK 1 in their usual folders.
std::vector<std::string> JackSocketPaths(std::string_view server, uid_t user);

// Whether somebody listens on one of these Unix sockets. JACK's servers take a
// connection that ends at once for the question that it is.
// Thread: any.  Realtime-safe: no.
bool AnyListens(const std::vector<std::string>& paths);

}  // namespace tacet

#endif  // TACET_DAEMON_JACK_SOCKET_H_
