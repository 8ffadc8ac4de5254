// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/chip_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "model/str_cat.h"

namespace tacet {
namespace {

using Json = nlohmann::json;

constexpr std::streamsize kMaxFileBytes = 1 << 20;

absl::Status Refuse(std::string_view place, std::string_view what) {
  return absl::InvalidArgumentError(StrCat(place, ": ", what));
}

// Of a name from the file, as a message may show it.
std::string Shown(const std::string& name) {
  std::string text = name.substr(0, 60);
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

absl::StatusOr<Quantity> ReadQuantity(std::string_view place,
                                      const std::string& name,
                                      const Json& json) {
  if (!json.is_object()) {
    return Refuse(place, StrCat(name, " is no object, expected one"));
  }
  for (const auto& [key, value] : json.items()) {
    const bool is_number = key == "value" || key == "low" || key == "high";
    if (!is_number && key != "source") {
      return Refuse(place, StrCat(name, ".", Shown(key),
                                  " is not known; value, low, high, source"));
    }
    if (is_number ? !value.is_number() : !value.is_string()) {
      return Refuse(place, StrCat(name, ".", key, " is no ",
                                  is_number ? "number" : "string"));
    }
  }
  if (!json.contains("value")) {
    return Refuse(place, StrCat(name, ".value is absent"));
  }
  Quantity q;
  const double value = json["value"].get<double>();
  q.range = {json.value("low", value), value, json.value("high", value)};
  q.source = json.value("source", "");
  return q;
}

const ChipField* FieldOf(std::string_view name) {
  const auto fields = ChipFields();
  const auto found = std::ranges::find(fields, name, &ChipField::name);
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace

absl::StatusOr<Chip> ParseChip(std::string_view place, std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Refuse(place, "no JSON object");
  Chip chip;
  size_t num_fields = 0;
  for (const auto& [key, value] : json.items()) {
    if (key == "name" || key == "note") {
      if (!value.is_string())
        return Refuse(place, StrCat(key, " is no string"));
      (key == "name" ? chip.name : chip.note) = value.get<std::string>();
      continue;
    }
    const ChipField* field = FieldOf(key);
    if (field == nullptr) {
      return Refuse(place, StrCat(Shown(key), " is no quantity of a chip"));
    }
    absl::StatusOr<Quantity> q = ReadQuantity(place, key, value);
    if (!q.ok()) return q.status();
    chip.*field->member = *std::move(q);
    ++num_fields;
  }
  for (const ChipField& field : ChipFields()) {
    if (num_fields == ChipFields().size()) break;
    if (!json.contains(field.name)) {
      return Refuse(place, StrCat(field.name, " is absent"));
    }
  }
  chip.name = Shown(chip.name);
  const absl::Status status = ValidateChip(chip);
  if (!status.ok()) return Refuse(place, std::string(status.message()));
  return chip;
}

absl::StatusOr<Chip> LoadChip(const std::string& name_or_path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(name_or_path, error)) {
    std::string known;
    for (const BuiltinChip& chip : BuiltinChips()) {
      if (chip.name == name_or_path) return ParseChip(chip.name, chip.json);
      known += StrCat(known.empty() ? "" : ", ", chip.name);
    }
    return absl::NotFoundError(
        StrCat(name_or_path, ": no such file and no built-in chip; those are ",
               known));
  }
  std::ifstream file(name_or_path, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (!file.eof() && file.gcount() == 0)) {
    return absl::UnavailableError(StrCat(name_or_path, ": cannot read"));
  }
  if (file.gcount() > kMaxFileBytes) {
    return Refuse(name_or_path, "larger than 1 MiB, the most for a chip");
  }
  text.resize(static_cast<size_t>(file.gcount()));
  return ParseChip(name_or_path, text);
}

}  // namespace tacet
