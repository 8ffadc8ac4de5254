// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_PICTURE_H_
#define TACET_CLI_PICTURE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "cli/output_file.h"
#include "cli/spectrogram.h"

namespace tacet {

// Draws one PNG: the spectrograms before and after on a common scale, and
// below them the gain 10·log10(power after / power before) over time.
//   before, after  of the same shape and length, finished
// Errors: those of OutputFile; Internal where Cairo fails.
absl::Status DrawPicture(const Spectrogram& before, const Spectrogram& after,
                         const std::string& title,
                         std::unique_ptr<OutputFile> file);

}  // namespace tacet

#endif  // TACET_CLI_PICTURE_H_
