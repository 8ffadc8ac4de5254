// SPDX-License-Identifier: Apache-2.0
#include "cli/wav_header.h"

#include <gtest/gtest.h>
#include <sndfile.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>

namespace tacet {
namespace {

absl::StatusOr<WavHeader> Parse(std::string_view bytes) {
  return ReadWavHeader([&](std::span<unsigned char> out) {
    if (bytes.size() < out.size()) return false;
    std::copy_n(bytes.begin(), out.size(), out.begin());
    bytes.remove_prefix(out.size());
    return true;
  });
}

TEST(WavHeader, ReadsWhatItWrites) {
  for (int encoding : {SF_FORMAT_PCM_U8, SF_FORMAT_PCM_16, SF_FORMAT_PCM_24,
                       SF_FORMAT_PCM_32, SF_FORMAT_FLOAT, SF_FORMAT_DOUBLE}) {
    for (int channels : {1, 2, 6, 32}) {
      for (std::optional<int64_t> size :
           {std::optional<int64_t>(), std::optional<int64_t>(12345)}) {
        const std::string bytes =
            MakeWavHeader({44100, channels, encoding, size});
        const auto header = Parse(std::string_view(bytes).substr(12));
        ASSERT_TRUE(header.ok()) << header.status();
        EXPECT_EQ(header->sample_rate_hz, 44100);
        EXPECT_EQ(header->num_channels, channels);
        EXPECT_EQ(header->encoding, encoding);
        EXPECT_EQ(header->data_bytes, size);
      }
    }
  }
}

TEST(WavHeader, WritesAnUnknownSizeWhere32BitsDoNotSuffice) {
  const std::string bytes =
      MakeWavHeader({48000, 2, SF_FORMAT_PCM_16, int64_t{5} << 30});
  EXPECT_EQ(bytes.substr(bytes.size() - 4), "\xff\xff\xff\xff");
  EXPECT_EQ(bytes.substr(4, 4), "\xff\xff\xff\xff");
}

TEST(WavHeader, DoesNotBelieveAPlaceholderOfASize) {
  // 0, SoX's, arecord's and ffmpeg's.
  for (const uint32_t size : {0u, 0x7ffff000u, 0x80000000u, 0xffffffffu}) {
    std::string bytes = MakeWavHeader({48000, 2, SF_FORMAT_PCM_16, 600});
    std::memcpy(bytes.data() + bytes.size() - 4, &size, 4);
    const auto header = Parse(std::string_view(bytes).substr(12));
    ASSERT_TRUE(header.ok()) << header.status();
    EXPECT_FALSE(header->data_bytes.has_value()) << size;
  }
}

TEST(WavHeader, RefusesEveryCutAndSurvivesEveryFlippedByte) {
  const std::string bytes =
      MakeWavHeader({48000, 2, SF_FORMAT_PCM_24, 600}).substr(12);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Parse(std::string_view(bytes).substr(0, size)).ok()) << size;
  }
  std::mt19937 random(1);
  for (int i = 0; i < 100000; ++i) {
    std::string broken = bytes;
    for (int flips = 0; flips < 3; ++flips) {
      broken[random() % broken.size()] = static_cast<char>(random());
    }
    const auto header = Parse(broken);
    if (!header.ok()) continue;
    EXPECT_GE(header->num_channels, 1);
    EXPECT_GE(header->sample_rate_hz, 1);
    EXPECT_GT(WavSampleBytes(header->encoding), 0);
  }
}

}  // namespace
}  // namespace tacet
