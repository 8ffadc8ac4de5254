// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_CHIP_FILE_H_
#define TACET_MODEL_NEUROMORPHIC_CHIP_FILE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/neuromorphic/chip.h"

namespace tacet {

// A set of constants that the build found in model/neuromorphic/chips.
struct BuiltinChip {
  std::string_view name;  // of the file, without .json
  std::string_view json;
};
std::vector<BuiltinChip> BuiltinChips();

// The set that is used where none is named.
inline constexpr std::string_view kDefaultChip = "loihi2-estimate";

// Reads a set: a JSON object with "name", "note", and each of ChipFields as an
// object with "value", "low" and "high" (both the value where they are absent),
// and "source". Every quantity must be there, and nothing else.
//   place  named in messages
// Errors: InvalidArgument, one line, and those of ValidateChip.
// Thread: any. Realtime-safe: no.
absl::StatusOr<Chip> ParseChip(std::string_view place, std::string_view json);

// A file, if there is one of that name, else a built-in set.
// Errors: NotFound, listing the built-in sets; those of ParseChip.
absl::StatusOr<Chip> LoadChip(const std::string& name_or_path);

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_CHIP_FILE_H_
