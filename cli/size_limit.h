// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_SIZE_LIMIT_H_
#define TACET_CLI_SIZE_LIMIT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace tacet {

// True for WAV that turns into RF64 past 4 GiB: little-endian, of plain
// samples.
bool HasRf64(int format);

// Bytes that a file of libsndfile's `format` may have before the sizes in its
// header no longer hold them; absent where they have 64 bits, or where the
// format has none (MP3, raw) or a value for "to the end of the file" (AU). WAV
// has a limit where it has no RF64.
std::optional<int64_t> MaxFileBytes(int format);

// Frames that a file of libsndfile's `format` may have where its header counts
// them in less than 32 bits.
std::optional<int64_t> MaxFrames(int format);

// The refusal of a file that needs `needed` bytes or frames (`unit`), or an
// unknown number more than the limit: names path, format, limit, and what to
// choose instead.
absl::Status TooLarge(const std::string& path, int format, int64_t limit,
                      const char* unit, std::optional<int64_t> needed);

}  // namespace tacet

#endif  // TACET_CLI_SIZE_LIMIT_H_
