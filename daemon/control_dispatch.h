// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_CONTROL_DISPATCH_H_
#define TACET_DAEMON_CONTROL_DISPATCH_H_

#include <functional>

#include "daemon/control_handler.h"
#include "daemon/protocol.h"

namespace tacet {

using JsonReply = std::function<void(const absl::StatusOr<Json>& result)>;

// Checks a request's arguments, calls the handler's function for its command
// and replies with what it gives, at once or later. `subscribe` and `monitor`
// are not among the commands: they belong to a connection.
// Thread: control.
void Dispatch(const Request& request, ControlHandler* handler,
              const JsonReply& reply);

}  // namespace tacet

#endif  // TACET_DAEMON_CONTROL_DISPATCH_H_
