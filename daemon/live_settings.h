// SPDX-License-Identifier: Apache-2.0
// What was set since the configuration was read.
#ifndef TACET_DAEMON_LIVE_SETTINGS_H_
#define TACET_DAEMON_LIVE_SETTINGS_H_

#include <string>
#include <utility>
#include <vector>

namespace tacet {

// Keys and values as SetConfigValue takes them, in the order in which they were
// set, the newest of each key alone: however often a key is set, they fit into
// the environment of the next process.
// Thread: one.  Realtime-safe: no.
class LiveSettings {
 public:
  using Entries = std::vector<std::pair<std::string, std::string>>;

  LiveSettings() = default;
  explicit LiveSettings(const Entries& entries);

  // To the end of the order: one value may go by a short and a long name, of
  // which the later counts.
  void Set(const std::string& key, const std::string& value);
  void Clear() { entries_.clear(); }
  const Entries& entries() const { return entries_; }

 private:
  Entries entries_;
};

}  // namespace tacet

#endif  // TACET_DAEMON_LIVE_SETTINGS_H_
