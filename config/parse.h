// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CONFIG_PARSE_H_
#define TACET_CONFIG_PARSE_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace tacet {

// Something wrong with a configuration file.
struct ConfigProblem {
  std::string file;
  int line = 0;  // 0: the whole file
  std::string message;

  // "tacet.toml:3: audio.channels: 7, expected 1 to 2"
  std::string text() const;
};

// Where the values that are not defaults come from: "audio.channels" ->
// "/etc/xdg/tacet/tacet.toml:3".
using ConfigOrigins = std::map<std::string, std::string>;

inline constexpr size_t kMaxConfigBytes = size_t{64} << 10;

// Sets what a TOML document says and leaves the rest. All or nothing: with a
// problem, config and origins stay as they were. Never throws, whatever the
// text.
//   file     its name, for problems and origins
//   origins  may be null
//   Result: the problems by line; empty if all is well. An unknown key is one,
//   with a suggestion.
// Thread: any.  Realtime-safe: no.
std::vector<ConfigProblem> ApplyConfigText(const std::string& file,
                                           std::string_view text,
                                           Config* config,
                                           ConfigOrigins* origins);

}  // namespace tacet

#endif  // TACET_CONFIG_PARSE_H_
