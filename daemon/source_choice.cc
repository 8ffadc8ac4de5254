// SPDX-License-Identifier: Apache-2.0
#include "daemon/source_choice.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tacet {

absl::Status CheckSource(
    const std::string& source,
    const absl::StatusOr<std::vector<DeviceInfo>>& devices) {
  if (source == "default" || !devices.ok() || devices->empty()) {
    return absl::OkStatus();
  }
  const auto is_it = [&source](const DeviceInfo& device) {
    return source == device.name ||
           (device.is_monitor && source + ".monitor" == device.name);
  };
  if (std::any_of(devices->begin(), devices->end(), is_it)) {
    return absl::OkStatus();
  }
  return absl::NotFoundError(absl::StrCat(
      "audio.source: no device is named \"", source, "\"; there are: default, ",
      absl::StrJoin(*devices, ", ",
                    [](std::string* text, const DeviceInfo& device) {
                      text->append(device.name);
                    })));
}

}  // namespace tacet
