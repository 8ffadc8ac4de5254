// SPDX-License-Identifier: Apache-2.0
// Feeds the parser of chip files anything. What it takes must be a valid chip;
// what it refuses must be named in one short line that no terminal obeys.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "chips/chip_file.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto chip = tacet::ParseChip("fuzz", text);
  const std::string shown = chip.ok() ? chip->name + chip->note
                                      : std::string(chip.status().message());
  Require(shown.size() < 500);
  for (const char c : shown) {
    Require(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
  }
  if (chip.ok())
    Require(tacet::ValidateChip(*chip).ok() && !chip->name.empty());
  return 0;
}
