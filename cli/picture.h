// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_PICTURE_H_
#define TACET_CLI_PICTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/output_file.h"
#include "cli/spectrogram.h"

namespace tacet {

// The gain over time: 10·log10(power after / power before) of each column in
// dB, not a number where there is nothing to compare, below -120 dB before.
std::vector<double> GainDb(const Spectrogram& before, const Spectrogram& after);

// Draws one PNG: the spectrograms before and after on a common scale, and
// below them GainDb.
//   before, after  of the same shape and length, finished
// Errors: those of OutputFile; Internal where Cairo fails.
absl::Status DrawPicture(const Spectrogram& before, const Spectrogram& after,
                         const std::string& title,
                         std::unique_ptr<OutputFile> file);

}  // namespace tacet

#endif  // TACET_CLI_PICTURE_H_
