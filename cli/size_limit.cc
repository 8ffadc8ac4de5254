// SPDX-License-Identifier: Apache-2.0
#include "cli/size_limit.h"

#include <sndfile.h>

#include "absl/strings/str_cat.h"
#include "cli/format.h"
#include "cli/wav_header.h"

namespace tacet {
namespace {

constexpr int64_t kMax32Bits = 0xffffffff;
constexpr int64_t kMax24Bits = 0xffffff;  // of a block of VOC
constexpr int64_t kMax21Bits = 0x1fffff;  // SDS: three bytes of MIDI

}  // namespace

bool HasRf64(int format) {
  const int container = format & SF_FORMAT_TYPEMASK;
  return (container == SF_FORMAT_WAV || container == SF_FORMAT_WAVEX) &&
         (format & SF_FORMAT_ENDMASK) != SF_ENDIAN_BIG &&
         WavSampleBytes(format & SF_FORMAT_SUBMASK) != 0;
}

std::optional<int64_t> MaxFileBytes(int format) {
  switch (format & SF_FORMAT_TYPEMASK) {
    case SF_FORMAT_RF64:
    case SF_FORMAT_W64:
    case SF_FORMAT_CAF:
    case SF_FORMAT_FLAC:
    case SF_FORMAT_OGG:
    case SF_FORMAT_MPEG:
    case SF_FORMAT_RAW:
    case SF_FORMAT_AU:
    case SF_FORMAT_PAF:
    case SF_FORMAT_PVF:
    case SF_FORMAT_IRCAM:
    case SF_FORMAT_NIST:
      return std::nullopt;
    case SF_FORMAT_VOC:
      return kMax24Bits;
    default:
      if (HasRf64(format)) return std::nullopt;
      return kMax32Bits;
  }
}

std::optional<int64_t> MaxFrames(int format) {
  if ((format & SF_FORMAT_TYPEMASK) == SF_FORMAT_SDS) return kMax21Bits;
  return std::nullopt;
}

absl::Status TooLarge(const std::string& path, int format, int64_t limit,
                      const char* unit, std::optional<int64_t> needed) {
  return absl::OutOfRangeError(
      absl::StrCat(path, ": ", DescribeFormat(format), " holds at most ", limit,
                   " ", unit, ", and this file needs ",
                   needed.has_value() ? absl::StrCat(*needed) : "more",
                   "; choose rf64, w64, caf or flac with --format"));
}

}  // namespace tacet
