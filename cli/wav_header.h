// SPDX-License-Identifier: Apache-2.0
//
// WAV headers for pipes, where libsndfile can neither write one nor seek.
// Source: RIFF and WAVE_FORMAT_EXTENSIBLE as in Microsoft's "Multiple channel
// audio data and WAVE files".
#ifndef TACET_CLI_WAV_HEADER_H_
#define TACET_CLI_WAV_HEADER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "absl/status/statusor.h"

namespace tacet {

struct WavHeader {
  int sample_rate_hz = 0;
  int num_channels = 0;
  int encoding = 0;  // SF_FORMAT_PCM_U8, _16, _24, _32, _FLOAT or _DOUBLE
  // Absent where the writer did not know: the samples go on to the end.
  std::optional<int64_t> data_bytes;
};

// Bytes of one sample of a WavHeader's encoding; 0 for any other encoding.
int WavSampleBytes(int encoding);

// Fills the whole span; false at the end of the input or an error.
using ReadBytes = std::function<bool(std::span<unsigned char>)>;

// Reads from behind "RIFF....WAVE" to the first byte of the samples.
// Errors: InvalidArgument names what is wrong with the header.
absl::StatusOr<WavHeader> ReadWavHeader(const ReadBytes& read);

// The header from "RIFF" to the first byte of the samples; an unknown or too
// large size is written as 0xffffffff, as is the custom on pipes.
std::string MakeWavHeader(const WavHeader& header);

}  // namespace tacet

#endif  // TACET_CLI_WAV_HEADER_H_
