// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_SOURCE_CHOICE_H_
#define TACET_DAEMON_SOURCE_CHOICE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/audio_backend.h"

namespace tacet {

// Whether `source` can be captured: "default", or the name of one of `devices`
// or, of a monitor, that of its sink. Where the devices are not known, or there
// are none, it cannot be told and is fine.
// Errors: NotFound with the names that there are.
// Thread: any.  Realtime-safe: no.
absl::Status CheckSource(
    const std::string& source,
    const absl::StatusOr<std::vector<DeviceInfo>>& devices);

}  // namespace tacet

#endif  // TACET_DAEMON_SOURCE_CHOICE_H_
