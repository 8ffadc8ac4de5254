// SPDX-License-Identifier: Apache-2.0
#include "cli/audio_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "cli/audio_reader.h"
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
