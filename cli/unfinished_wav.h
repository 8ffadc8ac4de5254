// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_UNFINISHED_WAV_H_
#define TACET_CLI_UNFINISHED_WAV_H_

#include <cstdint>
#include <optional>

#include "cli/wav_header.h"

namespace tacet {

// A WAV file whose header says 0 bytes of samples, and that it ends there,
// while there are more: of a recorder that was stopped before it completed the
// header, or of a writer that could not go back. libsndfile takes such a file
// for empty.
struct UnfinishedWav {
  WavHeader header;
  int64_t offset = 0;  // of the first sample, in bytes
  int64_t num_frames = 0;
};

// Looks at a regular file from byte 0, whatever its position, which stays.
std::optional<UnfinishedWav> FindUnfinishedWav(int fd);

}  // namespace tacet

#endif  // TACET_CLI_UNFINISHED_WAV_H_
