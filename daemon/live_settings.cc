// SPDX-License-Identifier: Apache-2.0
#include "daemon/live_settings.h"

namespace tacet {

LiveSettings::LiveSettings(const Entries& entries) {
  for (const auto& [key, value] : entries) Set(key, value);
}

void LiveSettings::Set(const std::string& key, const std::string& value) {
  std::erase_if(entries_,
                [&key](const auto& entry) { return entry.first == key; });
  entries_.emplace_back(key, value);
}

}  // namespace tacet
