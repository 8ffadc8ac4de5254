// SPDX-License-Identifier: Apache-2.0
#include "config/parse.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "config/keys.h"
#include "config/suggestion.h"
#include "config/toml.h"

namespace tacet {
namespace {

// Of a name from the file in a message.
constexpr size_t kShownBytes = 60;
constexpr size_t kMaxProblems = 100;

std::string OneLine(std::string_view text, size_t limit) {
  std::string line(text.substr(0, limit));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text.size() > limit ? line + "..." : line;
}

class Reader {
 public:
  Reader(const std::string& file, Config* config, ConfigOrigins* origins)
      : file_(file), config_(config), origins_(origins) {}

  void ReadRoot(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const std::string_view name = key.str();
      const bool is_section =
          std::any_of(ConfigKeys().begin(), ConfigKeys().end(),
                      [name](const ConfigKey& k) { return k.section == name; });
      if (!is_section) {
        UnknownSection(name, key);
      } else if (const toml::table* section = node.as_table()) {
        ReadSection(name, *section);
      } else {
        Add(key, absl::StrCat(std::string(name), ": is a section; write [",
                              std::string(name), "] above its keys"));
      }
    }
  }

  std::vector<ConfigProblem> Take() {
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const ConfigProblem& a, const ConfigProblem& b) {
                       return a.line < b.line;
                     });
    return std::move(problems_);
  }

 private:
  void ReadSection(std::string_view section, const toml::table& table) {
    for (const auto& [key, node] : table) {
      const std::string name =
          absl::StrCat(std::string(section), ".", std::string(key.str()));
      const ConfigKey* found = FindConfigKey(name);
      if (found == nullptr) {
        UnknownKey(name, key);
        continue;
      }
      const absl::Status status = ReadValue(*found, node);
      if (!status.ok()) {
        Add(key, std::string(status.message()));
      } else if (origins_ != nullptr) {
        (*origins_)[name] = absl::StrCat(file_, ":", key.source().begin.line);
      }
    }
  }

  absl::Status ReadValue(const ConfigKey& key, const toml::node& node) {
    if (const auto* text = node.as_string()) {
      return SetText(key, text->get(), config_);
    }
    if (const auto* integer = node.as_integer()) {
      return SetInteger(key, integer->get(), config_);
    }
    if (const auto* real = node.as_floating_point()) {
      return SetReal(key, real->get(), config_);
    }
    const char* what = node.is_boolean() ? "a boolean"
                       : node.is_array() ? "an array"
                       : node.is_table() ? "a table"
                                         : "a date or time";
    return absl::InvalidArgumentError(absl::StrCat(
        key.full_name(), ": ", what, ", expected ", RangeText(key)));
  }

  void UnknownSection(std::string_view name, const toml::key& key) {
    std::vector<std::string> known;
    for (const ConfigKey& k : ConfigKeys()) known.push_back(k.section);
    // A key that stands above its section is a common slip.
    for (const ConfigKey& k : ConfigKeys()) known.push_back(k.full_name());
    std::string nearest = Suggestion(name, known);
    for (const ConfigKey& k : ConfigKeys()) {
      if (nearest.empty() && k.name == name) nearest = k.full_name();
    }
    Unknown("section or key", name, nearest, key);
  }

  void UnknownKey(std::string_view name, const toml::key& key) {
    std::vector<std::string> known;
    for (const ConfigKey& k : ConfigKeys()) known.push_back(k.full_name());
    std::string nearest = Suggestion(name, known);
    // Right name, wrong section.
    for (const ConfigKey& k : ConfigKeys()) {
      if (k.name == key.str()) nearest = k.full_name();
    }
    Unknown("key", name, nearest, key);
  }

  void Unknown(const char* what, std::string_view name,
               const std::string& nearest, const toml::key& key) {
    Add(key, absl::StrCat("unknown ", what, " ", OneLine(name, kShownBytes),
                          nearest.empty()
                              ? ""
                              : absl::StrCat("; did you mean ", nearest, "?")));
  }

  void Add(const toml::key& key, std::string message) {
    if (problems_.size() >= kMaxProblems) return;
    problems_.push_back(
        {file_, static_cast<int>(key.source().begin.line), std::move(message)});
  }

  const std::string& file_;
  Config* const config_;
  ConfigOrigins* const origins_;
  std::vector<ConfigProblem> problems_;
};

}  // namespace

std::string ConfigProblem::text() const {
  if (line == 0) return absl::StrCat(file, ": ", message);
  return absl::StrCat(file, ":", line, ": ", message);
}

std::vector<ConfigProblem> ApplyConfigText(const std::string& file,
                                           std::string_view text,
                                           Config* config,
                                           ConfigOrigins* origins) {
  if (text.size() > kMaxConfigBytes) {
    return {{file, 0,
             absl::StrCat("more than ", kMaxConfigBytes,
                          " bytes, too large "
                          "for a configuration")}};
  }
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    constexpr size_t kMaxDescription = 200;
    return {{file, static_cast<int>(error.source().begin.line),
             OneLine(error.description(), kMaxDescription)}};
  }
  Config changed = *config;
  ConfigOrigins changed_origins;
  if (origins != nullptr) changed_origins = *origins;
  Reader reader(file, &changed, &changed_origins);
  reader.ReadRoot(root);
  std::vector<ConfigProblem> problems = reader.Take();
  if (problems.empty()) {
    *config = std::move(changed);
    if (origins != nullptr) *origins = std::move(changed_origins);
  }
  return problems;
}

}  // namespace tacet
