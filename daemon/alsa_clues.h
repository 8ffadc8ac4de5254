// SPDX-License-Identifier: Apache-2.0
// Signs that ALSA may have other devices than before.
#ifndef TACET_DAEMON_ALSA_CLUES_H_
#define TACET_DAEMON_ALSA_CLUES_H_

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "daemon/file_identity.h"

namespace tacet {

// To ask ALSA for its devices loads every plug-in that is installed, with
// dozens of libraries (20 ms of a processor in Debian 12). While it has none
// that fits, it is asked again only for kSettling after one of `places` came,
// went or changed, since permissions come after a device, and each kInterval
// for what shows in none of them. Thread: one.  Realtime-safe: no.
class AlsaClues {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kSettling{3};
  static constexpr std::chrono::seconds kInterval{10};

  // Folders count by what is in them, not deeper.
  explicit AlsaClues(std::vector<std::string> places);

  // Of the cards, ALSA's configuration, and the servers that it may lead to.
  static std::vector<std::string> UsualPlaces();

  // Whether to ask now, which is then taken to be done.
  bool IsWorthAsking(Time now);

 private:
  std::vector<FileIdentity> Look() const;

  const std::vector<std::string> places_;
  std::vector<FileIdentity> seen_;
  Time changed_;
  std::optional<Time> asked_;  // nullopt: never
};

// Whether a card could capture, be it in use or not.
// Thread: any.  Realtime-safe: no.
bool HasCaptureCard();

}  // namespace tacet

#endif  // TACET_DAEMON_ALSA_CLUES_H_
