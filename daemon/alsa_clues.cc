// SPDX-License-Identifier: Apache-2.0
#include "daemon/alsa_clues.h"

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace tacet {
namespace {

constexpr char kDevices[] = "/dev/snd";

}  // namespace

AlsaClues::AlsaClues(std::vector<std::string> places)
    : places_(std::move(places)) {}

std::vector<std::string> AlsaClues::UsualPlaces() {
  std::vector<std::string> places = {kDevices, "/etc/asound.conf",
                                     "/etc/alsa/conf.d"};
  for (const auto& [variable, paths] :
       {std::pair<const char*, std::vector<const char*>>{
            "HOME", {"/.asoundrc", "/.config/alsa/asoundrc"}},
        {"XDG_CONFIG_HOME", {"/alsa/asoundrc"}},
        {"ALSA_CONFIG_PATH", {""}},
        {"XDG_RUNTIME_DIR", {"/pulse/native", "/pipewire-0"}}}) {
    const char* const base = std::getenv(variable);
    if (base == nullptr) continue;
    for (const char* path : paths) places.push_back(std::string(base) + path);
  }
  return places;
}

std::vector<FileIdentity> AlsaClues::Look() const {
  std::vector<FileIdentity> seen;
  for (const std::string& place : places_) {
    seen.push_back(FileIdentity::Of(place));
  }
  return seen;
}

bool AlsaClues::IsWorthAsking(Time now) {
  std::vector<FileIdentity> seen = Look();
  if (!asked_.has_value() || seen != seen_) {
    seen_ = std::move(seen);
    changed_ = now;
  } else if (now - changed_ >= kSettling && now - *asked_ < kInterval) {
    return false;
  }
  asked_ = now;
  return true;
}

bool HasCaptureCard() {
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(kDevices, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("pcmC") && name.ends_with("c")) return true;
  }
  return false;
}

}  // namespace tacet
