// SPDX-License-Identifier: Apache-2.0
#include "cli/wav_header.h"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/header_log.h"

namespace tacet {
namespace {

constexpr uint16_t kTagPcm = 1;
constexpr uint16_t kTagFloat = 3;
constexpr uint16_t kTagExtensible = 0xfffe;
constexpr uint32_t kUnknownSize = 0xffffffff;
constexpr uint32_t kMinFmtBytes = 16;
constexpr uint32_t kMaxFmtBytes = 64;
// Pictures and cue lists may stand before the samples; more is an attack.
constexpr uint32_t kMaxSkippedBytes = 64 << 20;

// The tail of a sub-format GUID, after the two bytes of the tag.
constexpr std::array<unsigned char, 14> kGuidTail = {
    0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};

uint32_t Load(const unsigned char* bytes, int size) {
  uint32_t value = 0;
  for (int i = size - 1; i >= 0; --i) value = value << 8 | bytes[i];
  return value;
}

void Append(std::string* out, uint32_t value, int size) {
  for (int i = 0; i < size; ++i) {
    out->push_back(static_cast<char>(value >> (8 * i) & 0xff));
  }
}

absl::Status Skip(const ReadBytes& read, uint32_t size) {
  if (size > kMaxSkippedBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("WAV header: a chunk of ", size,
                     " bytes before the samples, at most ", kMaxSkippedBytes));
  }
  std::array<unsigned char, 4096> buffer;
  while (size > 0) {
    const size_t part = std::min<size_t>(size, buffer.size());
    if (!read(std::span(buffer).first(part))) {
      return absl::InvalidArgumentError("WAV header: ends inside a chunk");
    }
    size -= static_cast<uint32_t>(part);
  }
  return absl::OkStatus();
}

int EncodingOf(uint16_t tag, uint32_t bits) {
  if (tag == kTagPcm && bits == 8) return SF_FORMAT_PCM_U8;
  if (tag == kTagPcm && bits == 16) return SF_FORMAT_PCM_16;
  if (tag == kTagPcm && bits == 24) return SF_FORMAT_PCM_24;
  if (tag == kTagPcm && bits == 32) return SF_FORMAT_PCM_32;
  if (tag == kTagFloat && bits == 32) return SF_FORMAT_FLOAT;
  if (tag == kTagFloat && bits == 64) return SF_FORMAT_DOUBLE;
  return 0;
}

absl::StatusOr<WavHeader> ParseFmt(std::span<const unsigned char> fmt) {
  uint32_t tag = Load(&fmt[0], 2);
  const uint32_t channels = Load(&fmt[2], 2);
  const uint32_t rate = Load(&fmt[4], 4);
  const uint32_t block = Load(&fmt[12], 2);
  const uint32_t bits = Load(&fmt[14], 2);
  if (tag == kTagExtensible && fmt.size() >= 26) tag = Load(&fmt[24], 2);
  const int encoding = EncodingOf(static_cast<uint16_t>(tag), bits);
  if (encoding == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("WAV header: format tag ", tag, " with ", bits,
                     " bits is not supported on a pipe; PCM and float are"));
  }
  if (channels < 1 || rate < 1 || rate > 0x7fffffff ||
      block != channels * WavSampleBytes(encoding)) {
    return absl::InvalidArgumentError(
        absl::StrCat("WAV header: ", channels, " channels at ", rate,
                     " Hz with ", block, " bytes a frame make no sense"));
  }
  WavHeader header;
  header.sample_rate_hz = static_cast<int>(rate);
  header.num_channels = static_cast<int>(channels);
  header.encoding = encoding;
  return header;
}

}  // namespace

int WavSampleBytes(int encoding) {
  switch (encoding) {
    case SF_FORMAT_PCM_U8:
      return 1;
    case SF_FORMAT_PCM_16:
      return 2;
    case SF_FORMAT_PCM_24:
      return 3;
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_FLOAT:
      return 4;
    case SF_FORMAT_DOUBLE:
      return 8;
    default:
      return 0;
  }
}

absl::StatusOr<WavHeader> ReadWavHeader(const ReadBytes& read) {
  std::optional<WavHeader> header;
  while (true) {
    std::array<unsigned char, 8> chunk;
    if (!read(chunk)) {
      return absl::InvalidArgumentError("WAV header: ends before the samples");
    }
    const std::string_view id(reinterpret_cast<const char*>(chunk.data()), 4);
    const uint32_t size = Load(&chunk[4], 4);
    if (id == "data") {
      if (!header.has_value()) {
        return absl::InvalidArgumentError(
            "WAV header: samples come before the format");
      }
      // Some writers leave 0 where they do not know.
      if (size != 0 && !IsPlaceholderSize(size)) header->data_bytes = size;
      return *header;
    }
    if (id != "fmt ") {
      // A chunk of odd size is padded.
      const uint32_t padded = size == kUnknownSize ? size : size + size % 2;
      absl::Status status = Skip(read, padded);
      if (!status.ok()) return status;
      continue;
    }
    std::array<unsigned char, kMaxFmtBytes> fmt;
    if (size < kMinFmtBytes || size > kMaxFmtBytes || size % 2 != 0 ||
        !read(std::span(fmt).first(size))) {
      return absl::InvalidArgumentError(absl::StrCat(
          "WAV header: a format chunk of ", size, " bytes, expected ",
          kMinFmtBytes, " to ", kMaxFmtBytes));
    }
    absl::StatusOr<WavHeader> parsed = ParseFmt(std::span(fmt).first(size));
    if (!parsed.ok()) return parsed.status();
    header = *parsed;
  }
}

std::string MakeWavHeader(const WavHeader& header) {
  const uint32_t channels = static_cast<uint32_t>(header.num_channels);
  const uint32_t rate = static_cast<uint32_t>(header.sample_rate_hz);
  const uint32_t bytes = static_cast<uint32_t>(WavSampleBytes(header.encoding));
  const bool is_float =
      header.encoding == SF_FORMAT_FLOAT || header.encoding == SF_FORMAT_DOUBLE;
  const uint32_t tag = is_float ? kTagFloat : kTagPcm;
  const bool extensible = channels > 2 || (!is_float && bytes > 2);
  std::string fmt;
  Append(&fmt, extensible ? kTagExtensible : tag, 2);
  Append(&fmt, channels, 2);
  Append(&fmt, rate, 4);
  Append(&fmt, rate * channels * bytes, 4);
  Append(&fmt, channels * bytes, 2);
  Append(&fmt, bytes * 8, 2);
  if (extensible) {
    Append(&fmt, 22, 2);  // bytes that follow
    Append(&fmt, bytes * 8, 2);
    Append(&fmt, 0, 4);  // no loudspeaker positions
    Append(&fmt, tag, 2);
    fmt.append(reinterpret_cast<const char*>(kGuidTail.data()),
               kGuidTail.size());
  }
  const uint32_t header_bytes = static_cast<uint32_t>(fmt.size()) + 20;
  const int64_t data = header.data_bytes.value_or(kUnknownSize);
  const bool known = data + header_bytes + 1 < kUnknownSize;
  const uint32_t data_size = static_cast<uint32_t>(data);
  std::string out = "RIFF";
  Append(&out, known ? header_bytes + data_size + data_size % 2 : kUnknownSize,
         4);
  out += "WAVEfmt ";
  Append(&out, static_cast<uint32_t>(fmt.size()), 4);
  out += fmt + "data";
  Append(&out, known ? data_size : kUnknownSize, 4);
  return out;
}

}  // namespace tacet
