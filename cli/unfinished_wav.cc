// SPDX-License-Identifier: Apache-2.0
#include "cli/unfinished_wav.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <span>

#include "cli/header_log.h"

namespace tacet {
namespace {

bool ReadAt(int fd, int64_t offset, std::span<unsigned char> bytes) {
  return pread(fd, bytes.data(), bytes.size(), offset) ==
         static_cast<ssize_t>(bytes.size());
}

uint32_t LoadSize(const unsigned char* bytes) {
  return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | uint32_t{bytes[3]} << 24;
}

}  // namespace

std::optional<UnfinishedWav> FindUnfinishedWav(int fd) {
  struct stat info;
  std::array<unsigned char, 12> riff;
  if (fstat(fd, &info) != 0 || !ReadAt(fd, 0, riff) ||
      std::memcmp(&riff[0], "RIFF", 4) != 0 ||
      std::memcmp(&riff[8], "WAVE", 4) != 0) {
    return std::nullopt;
  }
  int64_t offset = riff.size();
  const auto header = ReadWavHeader([&](std::span<unsigned char> bytes) {
    const bool whole = ReadAt(fd, offset, bytes);
    offset += static_cast<int64_t>(bytes.size());
    return whole;
  });
  std::array<unsigned char, 4> data_size;
  if (!header.ok() || !ReadAt(fd, offset - 4, data_size) ||
      LoadSize(data_size.data()) != 0) {
    return std::nullopt;
  }
  const uint32_t riff_size = LoadSize(&riff[4]);
  if (!IsPlaceholderSize(riff_size) && int64_t{riff_size} + 8 > offset) {
    return std::nullopt;  // what follows are other chunks
  }
  const int64_t frame_bytes =
      int64_t{WavSampleBytes(header->encoding)} * header->num_channels;
  const int64_t num_frames = (info.st_size - offset) / frame_bytes;
  if (num_frames <= 0) return std::nullopt;
  return UnfinishedWav{*header, offset, num_frames};
}

}  // namespace tacet
