// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_BACKENDS_H_
#define TACET_DAEMON_BACKENDS_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "daemon/audio_backend.h"

namespace tacet {

// The backends that this program was built with, in the order in which `auto`
// tries them, or the chosen one alone. kFake is not among them.
// Errors: NotFound when the program was built without the chosen one.
absl::StatusOr<std::vector<std::unique_ptr<AudioBackend>>> MakeBackends(
    BackendChoice choice);

}  // namespace tacet

#endif  // TACET_DAEMON_BACKENDS_H_
