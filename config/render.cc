// SPDX-License-Identifier: Apache-2.0
#include "config/render.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "config/keys.h"

namespace tacet {
namespace {

constexpr size_t kTextColumns = 78;

// Paragraph of comment lines.
std::string Comment(std::string_view text) {
  std::string result;
  std::string line = "#";
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (line.size() + 1 + word.size() > kTextColumns) {
      result += line + "\n";
      line = "#";
    }
    line += " ";
    line += word;
  }
  return result + line + "\n";
}

std::string RangeWithUnit(const ConfigKey& key) {
  const std::string unit = key.unit;
  return RangeText(key) + (unit.empty() ? "" : " (" + unit + ")");
}

// A cell of a Markdown table.
std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell.push_back('\\');
    cell.push_back(c);
  }
  return cell;
}

// Calls print with each key and whether it begins a section.
template <typename Print>
void ForEachKey(Print print) {
  std::string section;
  for (const ConfigKey& key : ConfigKeys()) {
    print(key, section != key.section);
    section = key.section;
  }
}

}  // namespace

std::string DefaultConfigText() {
  std::string text =
      "# Tacet's configuration. The lines that are commented out show the\n"
      "# defaults; remove the # to change one. A key may stand in\n"
      "# /etc/xdg/tacet/tacet.toml for all users and in\n"
      "# ~/.config/tacet/tacet.toml for one, whose word counts.\n"
      "# 'tacet config check' finds mistakes, 'tacet reload' makes the daemon\n"
      "# read it again.\n";
  const Config defaults;
  ForEachKey([&](const ConfigKey& key, bool begins_section) {
    if (begins_section) absl::StrAppend(&text, "\n[", key.section, "]\n");
    absl::StrAppend(&text, "\n", Comment(key.effect),
                    Comment(absl::StrCat("Allowed: ", RangeWithUnit(key))), "#",
                    key.name, " = ", TomlValue(key, defaults), "\n");
  });
  return text;
}

std::string ShowConfigText(const Config& config, const ConfigOrigins& origins) {
  std::string text;
  ForEachKey([&](const ConfigKey& key, bool begins_section) {
    if (begins_section) {
      absl::StrAppend(&text, text.empty() ? "" : "\n", "[", key.section, "]\n");
    }
    const auto origin = origins.find(key.full_name());
    absl::StrAppend(&text, key.name, " = ", TomlValue(key, config), "  # ",
                    origin == origins.end() ? "default" : origin->second, "\n");
  });
  return text;
}

std::string ConfigTableMarkdown() {
  const Config defaults;
  std::string text;
  ForEachKey([&](const ConfigKey& key, bool begins_section) {
    if (begins_section) {
      absl::StrAppend(&text, text.empty() ? "" : "\n", "## [", key.section,
                      "]\n\n| key | effect | unit | range | default |\n"
                      "|---|---|---|---|---|\n");
    }
    absl::StrAppend(&text, "| `", key.name, "` | ", Cell(key.effect), " | ",
                    key.unit, " | ", Cell(RangeText(key)), " | `",
                    TomlValue(key, defaults), "` |\n");
  });
  return text;
}

}  // namespace tacet
