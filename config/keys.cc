// SPDX-License-Identifier: Apache-2.0
#include "config/keys.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "config/suggestion.h"

namespace tacet {
namespace {

// Of a wrong value in a message.
constexpr size_t kShownBytes = 60;

std::string Real(double value) {
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (std::isnan(value)) return "nan";
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  std::string digits(text, end);
  // TOML tells 12.0 from 12.
  if (digits.find_first_of(".e") == digits.npos) digits += ".0";
  return digits;
}

std::string Quoted(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text.push_back('\\');
    text.push_back(c);
  }
  return text + "\"";
}

// A value for a message: short and on one line.
std::string Shown(std::string_view value) {
  std::string text;
  for (const char c : value.substr(0, kShownBytes)) {
    text.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c);
  }
  return Quoted(value.size() > kShownBytes ? text + "..." : text);
}

absl::Status Wrong(const ConfigKey& key, const std::string& value,
                   const std::string& expected) {
  return absl::InvalidArgumentError(
      absl::StrCat(key.full_name(), ": ", value, ", expected ", expected));
}

absl::Status UnknownKey(std::string_view name) {
  std::vector<std::string> names = {"strength", "mode", "device"};
  for (const ConfigKey& key : ConfigKeys()) names.push_back(key.full_name());
  const std::string nearest = Suggestion(name, names);
  return absl::InvalidArgumentError(absl::StrCat(
      "unknown key ", Shown(name),
      nearest.empty() ? "" : absl::StrCat("; did you mean ", nearest, "?")));
}

}  // namespace

std::string ConfigKey::full_name() const {
  return absl::StrCat(section, ".", name);
}

const ConfigKey* FindConfigKey(std::string_view full_name) {
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.full_name() == full_name) return &key;
  }
  return nullptr;
}

std::string TomlValue(const ConfigKey& key, const Config& config) {
  // The fields are reached for writing, but not written.
  Config copy = config;
  if (const auto* text = std::get_if<TextKey>(&key.type)) {
    return Quoted(text->field(copy));
  }
  if (const auto* choice = std::get_if<ChoiceKey>(&key.type)) {
    return Quoted(choice->names[choice->get(config)]);
  }
  if (const auto* integer = std::get_if<IntegerKey>(&key.type)) {
    return absl::StrCat(integer->field(copy));
  }
  return Real(std::get<RealKey>(key.type).field(copy));
}

std::string RangeText(const ConfigKey& key) {
  if (const auto* text = std::get_if<TextKey>(&key.type)) return text->range;
  if (const auto* choice = std::get_if<ChoiceKey>(&key.type)) {
    std::string names;
    for (size_t i = 0; i < choice->names.size(); ++i) {
      const bool is_last = i + 1 == choice->names.size();
      absl::StrAppend(&names,
                      i == 0    ? ""
                      : is_last ? " or "
                                : ", ",
                      choice->names[i]);
    }
    return names;
  }
  if (const auto* integer = std::get_if<IntegerKey>(&key.type)) {
    return absl::StrCat(integer->low, " to ", integer->high,
                        integer->or_zero ? ", or 0" : "");
  }
  const auto& real = std::get<RealKey>(key.type);
  return absl::StrCat(real.low, " to ", real.high);
}

absl::Status SetText(const ConfigKey& key, std::string_view value,
                     Config* config) {
  if (const auto* text = std::get_if<TextKey>(&key.type)) {
    if (const char* expected = text->check(value)) {
      return Wrong(key, Shown(value), expected);
    }
    text->field(*config) = std::string(value);
    return absl::OkStatus();
  }
  if (const auto* choice = std::get_if<ChoiceKey>(&key.type)) {
    for (size_t i = 0; i < choice->names.size(); ++i) {
      if (value != choice->names[i]) continue;
      choice->set(*config, static_cast<int>(i));
      return absl::OkStatus();
    }
    const std::vector<std::string> names(choice->names.begin(),
                                         choice->names.end());
    const std::string nearest = Suggestion(value, names);
    return Wrong(
        key, Shown(value),
        RangeText(key) +
            (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
  }
  return Wrong(key, Shown(value), "a number: " + RangeText(key));
}

absl::Status SetInteger(const ConfigKey& key, int64_t value, Config* config) {
  if (const auto* integer = std::get_if<IntegerKey>(&key.type)) {
    const bool inside = value >= integer->low && value <= integer->high;
    if (!inside && !(integer->or_zero && value == 0)) {
      return Wrong(key, absl::StrCat(value), RangeText(key));
    }
    integer->field(*config) = static_cast<int>(value);
    return absl::OkStatus();
  }
  if (std::holds_alternative<RealKey>(key.type)) {
    return SetReal(key, static_cast<double>(value), config);
  }
  return Wrong(key, absl::StrCat(value), "a string: " + RangeText(key));
}

absl::Status SetReal(const ConfigKey& key, double value, Config* config) {
  if (const auto* real = std::get_if<RealKey>(&key.type)) {
    if (!(value >= real->low && value <= real->high)) {
      return Wrong(key, Real(value), RangeText(key));
    }
    real->field(*config) = value;
    return absl::OkStatus();
  }
  const bool is_integer = std::holds_alternative<IntegerKey>(key.type);
  return Wrong(
      key, Real(value),
      absl::StrCat(is_integer ? "an integer: " : "a string: ", RangeText(key)));
}

absl::Status SetConfigValue(std::string_view key, std::string_view value,
                            Config* config) {
  std::string_view full_name = key;
  if (key == "strength") full_name = "denoise.attenuation_limit_db";
  if (key == "mode") full_name = "denoise.mode";
  if (key == "device") full_name = "audio.source";
  const ConfigKey* found = FindConfigKey(full_name);
  if (found == nullptr) return UnknownKey(key);
  const absl::string_view text(value.data(), value.size());
  if (std::holds_alternative<IntegerKey>(found->type)) {
    int64_t number = 0;
    if (absl::SimpleAtoi(text, &number)) {
      return SetInteger(*found, number, config);
    }
  } else if (std::holds_alternative<RealKey>(found->type)) {
    double number = 0;
    if (absl::SimpleAtod(text, &number)) return SetReal(*found, number, config);
  }
  return SetText(*found, value, config);
}

absl::Status ValidateConfig(const Config& config) {
  Config copy = config;
  for (const ConfigKey& key : ConfigKeys()) {
    absl::Status status;
    if (const auto* text = std::get_if<TextKey>(&key.type)) {
      const std::string value = text->field(copy);
      status = SetText(key, value, &copy);
    } else if (const auto* integer = std::get_if<IntegerKey>(&key.type)) {
      status = SetInteger(key, integer->field(copy), &copy);
    } else if (const auto* real = std::get_if<RealKey>(&key.type)) {
      status = SetReal(key, real->field(copy), &copy);
    }
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace tacet
