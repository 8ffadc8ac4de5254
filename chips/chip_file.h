// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CHIPS_CHIP_FILE_H_
#define TACET_CHIPS_CHIP_FILE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/neuromorphic/chip.h"

namespace tacet {

// A set of constants that the build found in this folder.
struct BuiltinChip {
  std::string_view name;  // of the file, without .toml
  std::string_view toml;
};
std::vector<BuiltinChip> BuiltinChips();

// The set that is used where none is named.
inline constexpr std::string_view kDefaultChip = "loihi2-estimate";

// Of a file; a set has 7 KiB.
inline constexpr size_t kMaxChipBytes = size_t{1} << 20;

// Reads a set: TOML with the texts `name` and `note`, and a table of each of
// ChipFields with the numbers `value`, `low` and `high` (both the value where
// they are absent), and the text `source`. Every quantity must be there, and
// nothing else; `note` may be absent.
//   place  named in messages, with the line
// Errors: InvalidArgument, one line, and those of ValidateChip.
// Thread: any. Realtime-safe: no.
absl::StatusOr<Chip> ParseChip(std::string_view place, std::string_view toml);

// A file, if there is one of that name, else a built-in set.
// Errors: NotFound, listing the built-in sets; those of ParseChip.
absl::StatusOr<Chip> LoadChip(const std::string& name_or_path);

}  // namespace tacet

#endif  // TACET_CHIPS_CHIP_FILE_H_
