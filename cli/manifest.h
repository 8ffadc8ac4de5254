// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_MANIFEST_H_
#define TACET_CLI_MANIFEST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace tacet {

// The paths of a manifest, one a line; empty lines do not count, and a final
// carriage return is cut off.
//   path  of the manifest, or "-"
// Errors: it cannot be read, or a line is no path (longer than kMaxPathBytes,
// or holds a zero byte), with its number.
inline constexpr size_t kMaxPathBytes = 4095;
absl::StatusOr<std::vector<std::string>> ReadManifest(const std::string& path);

// One of `count` shares of a list: places index - 1, index - 1 + count, ...
struct Shard {
  int index = 1;  // 1..count
  int count = 1;

  friend bool operator==(const Shard&, const Shard&) = default;
};
inline constexpr int kMaxShards = 1'000'000;

// Reads "I/N". Errors: InvalidArgument unless 1 <= I <= N <= kMaxShards.
absl::StatusOr<Shard> ParseShard(const std::string& text);

}  // namespace tacet

#endif  // TACET_CLI_MANIFEST_H_
