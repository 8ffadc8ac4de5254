// SPDX-License-Identifier: Apache-2.0
#include "cli/audio_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/audio_reader.h"
#include "cli/size_limit.h"
#include "tests/cli/temp_folder.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

// Writes 1000 frames and says what came of it.
std::string WriteFile(const TempFolder& folder, int format,
                      std::optional<int64_t> num_frames) {
  const std::string path = folder.Path("out");
  auto writer = *AudioWriter::Create(*OutputFile::Create(path, true),
                                     {{48000, 2}, format, num_frames}, {});
  EXPECT_TRUE(writer->Write(WhiteNoise(2000, 1, 0.1f)).ok());
  EXPECT_TRUE(writer->Finish().ok());
  const auto reader = *AudioReader::Open(path, std::nullopt);
  EXPECT_EQ(reader->num_frames(), 1000);
  return folder.Read("out").substr(0, 4);
}

TEST(AudioWriter, WavBecomesRf64OnlyWhenItIsLarge) {
  const TempFolder folder;
  for (int container : {SF_FORMAT_WAV, SF_FORMAT_WAVEX}) {
    const int format = container | SF_FORMAT_PCM_16;
    EXPECT_EQ(WriteFile(folder, format, 1000), "RIFF");
    // The length is not known or was promised too large: small in the end.
    EXPECT_EQ(WriteFile(folder, format, std::nullopt), "RIFF");
    EXPECT_EQ(WriteFile(folder, format, int64_t{1} << 40), "RIFF");
  }
  EXPECT_EQ(WriteFile(folder, SF_FORMAT_RF64 | SF_FORMAT_PCM_16, 1000), "RF64");
}

TEST(AudioWriter, KeepsIntegerSamplesToTheBit) {
  const TempFolder folder;
  for (int format :
       {SF_FORMAT_WAV | SF_FORMAT_PCM_24, SF_FORMAT_FLAC | SF_FORMAT_PCM_24,
        SF_FORMAT_AIFF | SF_FORMAT_PCM_32}) {
    std::vector<float> x = WhiteNoise(3000, 2, 0.1f);
    // As they come from a file of 24 bits.
    for (float& v : x) v = std::round(v * 0x1p23f) * 0x1p-23f;
    const std::string path = folder.Path("out");
    auto writer = *AudioWriter::Create(*OutputFile::Create(path, true),
                                       {{16000, 1}, format, {}}, {});
    ASSERT_TRUE(writer->Write(x).ok());
    ASSERT_TRUE(writer->Finish().ok());
    EXPECT_EQ(writer->num_clipped(), 0);
    const auto reader = *AudioReader::Open(path, std::nullopt);
    std::vector<float> y(x.size() + 1);
    ASSERT_EQ(reader->Read(y), static_cast<int64_t>(x.size()));
    y.pop_back();
    EXPECT_EQ(y, x) << DescribeFormat(format);
  }
}

// 32-bit sizes would wrap, and the file end at the rest.
TEST(AudioWriter, RefusesAtOnceWhatAFormatCannotHold) {
  const TempFolder folder;
  const std::string path = folder.Path("out");
  constexpr int64_t kFrames = int64_t{5} << 28;  // 5 GiB of 16 bit, 2 channels
  for (const int format :
       {SF_FORMAT_AIFF | SF_FORMAT_PCM_16,
        SF_FORMAT_WAV | SF_ENDIAN_BIG | SF_FORMAT_PCM_16,
        SF_FORMAT_SVX | SF_FORMAT_PCM_16, SF_FORMAT_VOC | SF_FORMAT_PCM_16}) {
    const auto writer = AudioWriter::Create(*OutputFile::Create(path, false),
                                            {{48000, 2}, format, kFrames}, {});
    ASSERT_FALSE(writer.ok()) << DescribeFormat(format);
    EXPECT_EQ(writer.status().code(), absl::StatusCode::kOutOfRange);
    const std::string text(writer.status().message());
    for (const std::string& part :
         {path, DescribeFormat(format), std::string("5368709120"),
          std::to_string(*MaxFileBytes(format)), std::string("rf64")}) {
      EXPECT_NE(text.find(part), std::string::npos) << text;
    }
  }
  for (const int format :
       {SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_AU | SF_FORMAT_PCM_16,
        SF_FORMAT_CAF | SF_FORMAT_PCM_16, SF_FORMAT_W64 | SF_FORMAT_PCM_16,
        SF_FORMAT_FLAC | SF_FORMAT_PCM_16}) {
    EXPECT_TRUE(AudioWriter::Create(*OutputFile::Create(path, false),
                                    {{48000, 2}, format, kFrames}, {})
                    .ok())
        << DescribeFormat(format);
  }
  EXPECT_EQ(folder.NumEntries(), 0u);
}

// Where the length is not known, or a promise that is not kept.
TEST(AudioWriter, StopsAtTheLimitOfAFormatAndLeavesNothing) {
  const TempFolder folder;
  const std::string path = folder.Path("out");
  constexpr int64_t kLimit = 100000;
  for (const int format :
       {SF_FORMAT_AIFF | SF_FORMAT_PCM_16, SF_FORMAT_WAV | SF_FORMAT_ULAW,
        SF_FORMAT_WAV | SF_ENDIAN_BIG | SF_FORMAT_PCM_24}) {
    auto writer =
        *AudioWriter::Create(*OutputFile::Create(path, false),
                             {{48000, 2}, format, std::nullopt, kLimit}, {});
    absl::Status status;
    int num_blocks = 0;
    while (status.ok() && num_blocks < 1000) {
      status = writer->Write(WhiteNoise(2000, 1, 0.1f));
      ++num_blocks;
    }
    if (status.ok()) status = writer->Finish();
    EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange) << status;
    EXPECT_NE(std::string(status.message()).find(path + ": "),
              std::string::npos);
    EXPECT_GT(num_blocks, 15);  // not before
    EXPECT_LT(num_blocks, 60);
    writer.reset();
    EXPECT_EQ(folder.NumEntries(), 0u);
  }
}

// The header of SDS (MIDI samples) counts them in 21 bits, and would say 0 of
// 2^21.
TEST(AudioWriter, WritesAsManyFramesAsSdsCountsAndRefusesMore) {
  const TempFolder folder;
  const std::string path = folder.Path("out");
  constexpr int64_t kMost = (1 << 21) - 1;
  constexpr int kSds = SF_FORMAT_SDS | SF_FORMAT_PCM_16;
  const std::vector<float> second(16000, 0.1f);
  for (const int64_t frames : {kMost, kMost + 1}) {
    for (const bool is_known : {true, false}) {
      AudioWriterParams params = {{16000, 1}, kSds, std::nullopt};
      if (is_known) params.num_frames = frames;
      auto writer =
          AudioWriter::Create(*OutputFile::Create(path, true), params, {});
      EXPECT_EQ(writer.ok(), frames == kMost || !is_known);
      absl::Status status = writer.status();
      for (int64_t left = frames; left > 0 && status.ok();) {
        const int64_t count = std::min<int64_t>(left, second.size());
        status = (*writer)->Write(std::span(second).first(count));
        left -= count;
      }
      if (status.ok()) status = (*writer)->Finish();
      if (frames == kMost) {
        ASSERT_TRUE(status.ok()) << status;
        EXPECT_EQ((*AudioReader::Open(path, std::nullopt))->num_frames(),
                  kMost);
        continue;
      }
      EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange) << status;
      const std::string text(status.message());
      for (const char* part : {"SDS", "at most 2097151 frames", "flac",
                               is_known ? "needs 2097152" : "needs more"}) {
        EXPECT_NE(text.find(part), std::string::npos) << text;
      }
    }
  }
}

TEST(AudioWriter, ReportsAFullDisk) {
  for (int format :
       {SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16}) {
    auto writer = AudioWriter::Create(*OutputFile::Create("/dev/full", false),
                                      {{16000, 1}, format, {}}, {});
    absl::Status status = writer.status();
    if (status.ok()) status = (*writer)->Write(WhiteNoise(100000, 3, 0.1f));
    if (status.ok()) status = (*writer)->Finish();
    EXPECT_NE(std::string(status.message()).find("No space left"),
              std::string::npos)
        << status;
  }
}

}  // namespace
}  // namespace tacet
