// SPDX-License-Identifier: Apache-2.0
#include "chips/chip_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include "config/suggestion.h"
#include "config/toml.h"
#include "model/str_cat.h"

namespace tacet {
namespace {

// Of what a file says, in a message or a report.
constexpr size_t kShownBytes = 60;
constexpr size_t kMostNoteBytes = 400;

// Text from the file on one line, whatever a terminal would make of it.
std::string Shown(std::string_view text, size_t limit = kShownBytes) {
  std::string line(text.substr(0, limit));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  }
  return line;
}

// A name of a key or a chip: letters, digits and signs of ASCII.
std::string ShownName(std::string_view name) {
  std::string shown = Shown(name);
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return shown;
}

class ChipReader {
 public:
  explicit ChipReader(std::string_view place) : place_(place) {}

  absl::StatusOr<Chip> Read(const toml::table& root) {
    Chip chip;
    for (const auto& [key, node] : root) {
      const absl::Status status = ReadEntry(key, node, &chip);
      if (!status.ok()) return status;
    }
    if (chip.name.empty()) return Refuse(0, "name is absent");
    for (const ChipField& field : ChipFields()) {
      if (!root.contains(field.name)) {
        return Refuse(0, StrCat(field.name, " is absent"));
      }
    }
    const absl::Status status = ValidateChip(chip);
    if (!status.ok()) return Refuse(0, std::string(status.message()));
    return chip;
  }

  // line  0: the whole file's
  absl::Status Refuse(uint32_t line, std::string_view what) const {
    return absl::InvalidArgumentError(
        line == 0 ? StrCat(place_, ": ", what)
                  : StrCat(place_, ":", line, ": ", what));
  }

 private:
  absl::Status ReadEntry(const toml::key& key, const toml::node& node,
                         Chip* chip) const {
    const uint32_t line = key.source().begin.line;
    if (key == "name" || key == "note") {
      const auto* text = node.as_string();
      if (text == nullptr) {
        return Refuse(line, StrCat(key.str(), " is no text"));
      }
      if (key == "name") {
        chip->name = ShownName(text->get());
      } else {
        chip->note = Shown(text->get(), kMostNoteBytes);
      }
      return absl::OkStatus();
    }
    const auto fields = ChipFields();
    const auto field = std::ranges::find(fields, key.str(), &ChipField::name);
    if (field == fields.end()) return Unknown(key);
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      return Refuse(line, StrCat(field->name, " is no table, expected [",
                                 field->name, "] with value and source"));
    }
    return ReadQuantity(*field, line, *table, &(chip->*(field->member)));
  }

  absl::Status Unknown(const toml::key& key) const {
    std::vector<std::string> known = {"name", "note"};
    for (const ChipField& field : ChipFields()) known.emplace_back(field.name);
    const std::string nearest = Suggestion(key.str(), known);
    return Refuse(
        key.source().begin.line,
        StrCat(ShownName(key.str()), " is no quantity of a chip",
               nearest.empty() ? "" : StrCat("; did you mean ", nearest, "?")));
  }

  absl::Status ReadQuantity(const ChipField& field, uint32_t line,
                            const toml::table& table, Quantity* q) const {
    std::optional<double> value, low, high;
    for (const auto& [key, node] : table) {
      const std::string name = StrCat(field.name, ".", ShownName(key.str()));
      const uint32_t at = key.source().begin.line;
      if (key == "source") {
        const auto* text = node.as_string();
        if (text == nullptr) return Refuse(at, StrCat(name, " is no text"));
        q->source = text->get();
        continue;
      }
      std::optional<double>* const number = key == "value"  ? &value
                                            : key == "low"  ? &low
                                            : key == "high" ? &high
                                                            : nullptr;
      if (number == nullptr) {
        return Refuse(
            at,
            StrCat(name, " is not known, expected value, low, high, source"));
      }
      if (!node.is_number()) return Refuse(at, StrCat(name, " is no number"));
      *number = node.value<double>();
    }
    if (!value.has_value()) {
      return Refuse(line, StrCat(field.name, ".value is absent"));
    }
    q->range = {low.value_or(*value), *value, high.value_or(*value)};
    return absl::OkStatus();
  }

  const std::string_view place_;
};

}  // namespace

absl::StatusOr<Chip> ParseChip(std::string_view place, std::string_view text) {
  ChipReader reader(place);
  if (text.size() > kMaxChipBytes) {
    return reader.Refuse(0, StrCat("larger than ", kMaxChipBytes,
                                   " bytes, the most for a chip"));
  }
  try {
    return reader.Read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    return reader.Refuse(error.source().begin.line,
                         Shown(error.description(), 200));
  }
}

absl::StatusOr<Chip> LoadChip(const std::string& name_or_path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(name_or_path, error)) {
    std::string known;
    for (const BuiltinChip& chip : BuiltinChips()) {
      if (chip.name == name_or_path) return ParseChip(chip.name, chip.toml);
      known += StrCat(known.empty() ? "" : ", ", chip.name);
    }
    return absl::NotFoundError(
        StrCat(name_or_path, ": no such file and no built-in chip; those are ",
               known));
  }
  std::ifstream file(name_or_path, std::ios::binary);
  std::string text(kMaxChipBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    return absl::UnavailableError(StrCat(name_or_path, ": cannot read"));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  return ParseChip(name_or_path, text);
}

}  // namespace tacet
