// SPDX-License-Identifier: Apache-2.0
//
// Names of the audio containers, and the choice of the output's format. A
// format is libsndfile's integer: container | encoding | byte order.
#ifndef TACET_CLI_FORMAT_H_
#define TACET_CLI_FORMAT_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tacet {

// What the user asked for; an empty string leaves it to the other rules.
struct FormatRequest {
  std::string container;  // "wav", "flac", ... (--format)
  std::string encoding;   // "pcm16", "pcm24", "pcm32", "float" (--encoding)
};

// What an audio stream is made of.
struct AudioShape {
  int sample_rate_hz = 0;
  int num_channels = 0;
};

// Container of a name such as "wav" or "flac", upper or lower case.
// Errors: InvalidArgument for a name that is not known; it lists those that
// are.
absl::StatusOr<int> ContainerFromName(std::string_view name);

// The names that ContainerFromName takes, separated by ", ".
std::string KnownContainerNames();

// Format of raw little-endian samples: s16le, s24le, s32le or f32le.
absl::StatusOr<int> RawFormatFromName(std::string_view name);

// Extension without its dot, lower case; empty if there is none.
std::string Extension(std::string_view path);

// True if a file of this name is taken up when a folder is walked.
bool HasAudioExtension(std::string_view path);

// The output's format: container by request, else by the extension of
// `out_path`, else that of the input; encoding by request, else the input's if
// the container can hold it, else the nearest that loses nothing, else 16 bit.
// Errors: InvalidArgument if no encoding fits container, rate and channels.
absl::StatusOr<int> ChooseOutputFormat(const FormatRequest& request,
                                       std::string_view out_path,
                                       int input_format,
                                       const AudioShape& shape);

// Bits of an integer encoding (8, 16, 24, 32; 16 for those that take 16-bit
// samples in, such as A-law); 0 for floating point and lossy encodings.
int IntegerBits(int format);

// For messages, e.g. "WAV, 24 bit".
std::string DescribeFormat(int format);

}  // namespace tacet

#endif  // TACET_CLI_FORMAT_H_
