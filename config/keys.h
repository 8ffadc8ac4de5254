// SPDX-License-Identifier: Apache-2.0
// The one table of configuration keys. Parsing, checking, `tacet config show`
// and `init`, packaging/tacet.toml and docs/config.md come from it.
#ifndef TACET_CONFIG_KEYS_H_
#define TACET_CONFIG_KEYS_H_

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "config/config.h"

namespace tacet {

// A string; `check` gives what is expected of one that is wrong, else null.
struct TextKey {
  std::string& (*field)(Config&);
  const char* (*check)(std::string_view value);
  const char* range;  // in words
};
// One of some names; the index is the enumerator's value.
struct ChoiceKey {
  std::span<const char* const> names;
  int (*get)(const Config&);
  void (*set)(Config&, int index);
};
struct IntegerKey {
  int& (*field)(Config&);
  int low;
  int high;
  bool or_zero;  // 0 is allowed too, and means what the effect says
};
struct RealKey {
  double& (*field)(Config&);
  double low;
  double high;  // may be infinity
};

struct ConfigKey {
  const char* section;  // "audio"
  const char* name;     // "backend"
  const char* effect;   // a sentence for users
  const char* unit;     // "" where there is none
  std::variant<TextKey, ChoiceKey, IntegerKey, RealKey> type;

  std::string full_name() const;  // "audio.backend"
};

// In the order of the documentation; a section's keys are together.
std::span<const ConfigKey> ConfigKeys();
// Null when there is no such key.
const ConfigKey* FindConfigKey(std::string_view full_name);

// A value as TOML writes it: "base", 480, inf.
std::string TomlValue(const ConfigKey& key, const Config& config);
// The allowed values in words: "8000 to 192000, or 0".
std::string RangeText(const ConfigKey& key);

// Set a key. Errors: InvalidArgument "audio.channels: 7, expected 1 to 2"; the
// config stays as it was.
absl::Status SetText(const ConfigKey& key, std::string_view value,
                     Config* config);
absl::Status SetInteger(const ConfigKey& key, int64_t value, Config* config);
absl::Status SetReal(const ConfigKey& key, double value, Config* config);

// Sets a key from text, as `tacet set` does: KEY is a full name or one of the
// short names strength (denoise.attenuation_limit_db), mode (denoise.mode) and
// device (audio.source).
// Errors: InvalidArgument for an unknown key, with the nearest known one, and
// as above.
// Thread: any.  Realtime-safe: no.
absl::Status SetConfigValue(std::string_view key, std::string_view value,
                            Config* config);

}  // namespace tacet

#endif  // TACET_CONFIG_KEYS_H_
