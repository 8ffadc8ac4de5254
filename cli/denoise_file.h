// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_DENOISE_FILE_H_
#define TACET_CLI_DENOISE_FILE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "cli/audio_reader.h"
#include "cli/batch.h"
#include "cli/console.h"
#include "cli/format.h"
#include "dsp/gain.h"
#include "model/denoiser.h"
#include "model/estimator_source.h"

namespace tacet {

struct DenoiseSettings {
  EstimatorSource source;
  // The same masks for less time but later, in blocks; for files.
  std::optional<EstimatorSource> block_source;
  Strength strength;
  bool bypass = false;
  ChannelLink link = ChannelLink::kLinked;
  FormatRequest format;
  std::optional<RawInput> raw;
  bool force = false;
  std::string picture;  // path of a PNG; empty: none
};

// Denoises one file block by block: output sample i stands where input sample i
// stood, and there are as many. Memory does not grow with the file. Warnings go
// to the console, and the progress in bytes of job.bytes.
// Errors: one line that names the file and the reason.
// Thread: any, several at once.
absl::Status DenoiseFile(const Job& job, const DenoiseSettings& settings,
                         Console* console);

}  // namespace tacet

#endif  // TACET_CLI_DENOISE_FILE_H_
