// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_SAMPLE_H_
#define TACET_CLI_SAMPLE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "cli/audio_reader.h"

namespace tacet {

// The noisy speech of docs/sample/, which is part of the program so that a
// benchmark needs no file.
// Errors: what the system says.
absl::StatusOr<std::unique_ptr<AudioReader>> OpenSample();

}  // namespace tacet

#endif  // TACET_CLI_SAMPLE_H_
