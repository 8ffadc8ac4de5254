// SPDX-License-Identifier: Apache-2.0
#include "cli/format.h"

#include <sndfile.h>

#include <array>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

struct Container {
  std::string_view name;
  int format;  // with an encoding only where the name fixes it
};

constexpr std::array<Container, 15> kContainers = {{
    {"wav", SF_FORMAT_WAV},
    {"flac", SF_FORMAT_FLAC},
    {"ogg", SF_FORMAT_OGG},
    {"oga", SF_FORMAT_OGG},
    {"opus", SF_FORMAT_OGG | SF_FORMAT_OPUS},
    {"mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III},
    {"aiff", SF_FORMAT_AIFF},
    {"aif", SF_FORMAT_AIFF},
    {"aifc", SF_FORMAT_AIFF},
    {"au", SF_FORMAT_AU},
    {"snd", SF_FORMAT_AU},
    {"caf", SF_FORMAT_CAF},
    {"w64", SF_FORMAT_W64},
    {"rf64", SF_FORMAT_RF64},
    {"raw", SF_FORMAT_RAW},
}};

int ContainerOf(int format) { return format & SF_FORMAT_TYPEMASK; }
int EncodingOf(int format) { return format & SF_FORMAT_SUBMASK; }

// WAV, WAVEX and RF64 are one format to a user: all are called .wav.
int FamilyOf(int format) {
  const int container = ContainerOf(format);
  const bool is_wav =
      container == SF_FORMAT_WAVEX || container == SF_FORMAT_RF64;
  return is_wav ? SF_FORMAT_WAV : container;
}

absl::StatusOr<int> EncodingFromName(std::string_view name) {
  if (name == "pcm16") return SF_FORMAT_PCM_16;
  if (name == "pcm24") return SF_FORMAT_PCM_24;
  if (name == "pcm32") return SF_FORMAT_PCM_32;
  if (name == "float") return SF_FORMAT_FLOAT;
  return absl::InvalidArgumentError(
      absl::StrCat("encoding '", std::string(name),
                   "' is not one of pcm16, pcm24, pcm32, float"));
}

// Encodings to try, best first, for samples that came in `input_encoding`.
std::vector<int> FallbackEncodings(int input_encoding) {
  switch (input_encoding) {
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE:
      return {SF_FORMAT_FLOAT, SF_FORMAT_PCM_24, SF_FORMAT_PCM_16,
              SF_FORMAT_VORBIS};
    case SF_FORMAT_PCM_32:
      return {SF_FORMAT_PCM_32, SF_FORMAT_PCM_24, SF_FORMAT_PCM_16,
              SF_FORMAT_VORBIS};
    case SF_FORMAT_PCM_24:
    case SF_FORMAT_ALAC_20:
    case SF_FORMAT_ALAC_24:
      return {SF_FORMAT_PCM_24, SF_FORMAT_PCM_16, SF_FORMAT_VORBIS};
    default:
      return {SF_FORMAT_PCM_16, SF_FORMAT_VORBIS};
  }
}

bool IsWritable(int format, const AudioShape& shape) {
  SF_INFO info = {};
  info.samplerate = shape.sample_rate_hz;
  info.channels = shape.num_channels;
  info.format = format;
  if (sf_format_check(&info) == 0) return false;
  // The check above passes rates that the Opus encoder then refuses.
  if (EncodingOf(format) != SF_FORMAT_OPUS) return true;
  const int r = shape.sample_rate_hz;
  return r == 8000 || r == 12000 || r == 16000 || r == 24000 || r == 48000;
}

absl::StatusOr<int> ChooseContainer(const FormatRequest& request,
                                    std::string_view out_path,
                                    int input_format) {
  absl::StatusOr<int> container = request.container.empty()
                                      ? ContainerFromName(Extension(out_path))
                                      : ContainerFromName(request.container);
  if (!container.ok()) {
    // An extension nobody knows says nothing: same as the input.
    if (!request.container.empty()) return container.status();
    return ContainerOf(input_format);
  }
  if (FamilyOf(*container) == SF_FORMAT_WAV &&
      FamilyOf(input_format) == SF_FORMAT_WAV &&
      ContainerOf(*container) != SF_FORMAT_RF64) {
    // RF64 is chosen later, by size alone.
    return ContainerOf(input_format) == SF_FORMAT_WAVEX ? SF_FORMAT_WAVEX
                                                        : SF_FORMAT_WAV;
  }
  return container;
}

}  // namespace

absl::StatusOr<int> ContainerFromName(std::string_view name) {
  const std::string lower =
      absl::AsciiStrToLower(absl::string_view(name.data(), name.size()));
  for (const Container& c : kContainers) {
    if (c.name == lower) return c.format;
  }
  if (lower == "pcm") return SF_FORMAT_RAW;
  return absl::InvalidArgumentError(absl::StrCat(
      "format '", lower, "' is not one of ", KnownContainerNames()));
}

std::string KnownContainerNames() {
  std::string names;
  int last = 0;
  for (const Container& c : kContainers) {
    if (c.format == last) continue;  // another name of the same
    last = c.format;
    absl::StrAppend(&names, names.empty() ? "" : ", ", std::string(c.name));
  }
  return names;
}

absl::StatusOr<int> RawFormatFromName(std::string_view name) {
  constexpr int kRaw = SF_FORMAT_RAW | SF_ENDIAN_LITTLE;
  if (name == "s16le") return kRaw | SF_FORMAT_PCM_16;
  if (name == "s24le") return kRaw | SF_FORMAT_PCM_24;
  if (name == "s32le") return kRaw | SF_FORMAT_PCM_32;
  if (name == "f32le") return kRaw | SF_FORMAT_FLOAT;
  return absl::InvalidArgumentError(
      absl::StrCat("raw format '", std::string(name),
                   "' is not one of s16le, s24le, s32le, f32le"));
}

std::string Extension(std::string_view path) {
  const size_t slash = path.rfind('/');
  const std::string_view file =
      slash == std::string_view::npos ? path : path.substr(slash + 1);
  const size_t dot = file.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return "";
  return absl::AsciiStrToLower(std::string(file.substr(dot + 1)));
}

bool HasAudioExtension(std::string_view path) {
  const std::string extension = Extension(path);
  if (extension == "raw") return false;  // nothing tells its rate
  for (const Container& c : kContainers) {
    if (c.name == extension) return true;
  }
  return extension == "sph" || extension == "voc" || extension == "bwf";
}

absl::StatusOr<int> ChooseOutputFormat(const FormatRequest& request,
                                       std::string_view out_path,
                                       int input_format,
                                       const AudioShape& shape) {
  absl::StatusOr<int> chosen = ChooseContainer(request, out_path, input_format);
  if (!chosen.ok()) return chosen.status();
  int container = ContainerOf(*chosen);
  const int input_encoding = EncodingOf(input_format);
  const bool same_family = FamilyOf(container) == FamilyOf(input_format);
  const int byte_order = same_family ? input_format & SF_FORMAT_ENDMASK
                         : container == SF_FORMAT_RAW ? SF_ENDIAN_LITTLE
                                                      : SF_ENDIAN_FILE;
  std::vector<int> encodings;
  if (!request.encoding.empty()) {
    absl::StatusOr<int> encoding = EncodingFromName(request.encoding);
    if (!encoding.ok()) return encoding.status();
    encodings = {*encoding};
  } else if (EncodingOf(*chosen) != 0) {
    encodings = {EncodingOf(*chosen)};
  } else {
    encodings = FallbackEncodings(input_encoding);
    // ADPCM and the like only where they come from; elsewhere plain samples.
    if (same_family) encodings.insert(encodings.begin(), input_encoding);
  }
  for (int encoding : encodings) {
    const int format = container | encoding | byte_order;
    if (IsWritable(format, shape)) return format;
    if (IsWritable(container | encoding, shape)) return container | encoding;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "cannot write ", DescribeFormat(container | encodings.front()), " at ",
      shape.sample_rate_hz, " Hz with ", shape.num_channels,
      " channels; choose another with --format or --encoding"));
}

int IntegerBits(int format) {
  switch (EncodingOf(format)) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
      return 8;
    case SF_FORMAT_PCM_24:
    case SF_FORMAT_ALAC_24:
      return 24;
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_ALAC_32:
      return 32;
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE:
    case SF_FORMAT_VORBIS:
    case SF_FORMAT_OPUS:
    case SF_FORMAT_MPEG_LAYER_I:
    case SF_FORMAT_MPEG_LAYER_II:
    case SF_FORMAT_MPEG_LAYER_III:
      return 0;
    default:
      return 16;
  }
}

std::string DescribeFormat(int format) {
  SF_FORMAT_INFO container = {};
  container.format = ContainerOf(format);
  sf_command(nullptr, SFC_GET_FORMAT_INFO, &container, sizeof(container));
  SF_FORMAT_INFO encoding = {};
  encoding.format = EncodingOf(format);
  sf_command(nullptr, SFC_GET_FORMAT_INFO, &encoding, sizeof(encoding));
  std::string text = container.name != nullptr ? container.name : "unknown";
  if (encoding.name != nullptr) absl::StrAppend(&text, ", ", encoding.name);
  return text;
}

}  // namespace tacet
