// SPDX-License-Identifier: Apache-2.0
// A file past 4 GiB. Labelled `long` in CTest.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/audio_reader.h"
#include "cli/audio_writer.h"
#include "tests/cli/temp_folder.h"

namespace tacet {
namespace {

TEST(Rf64, WavPast4GiBIsReadBackWhole) {
  const TempFolder folder;
  const std::string path = folder.Path("large.wav");
  constexpr int kChannels = 32;
  constexpr int64_t kFrames = (int64_t{4} << 30) / (4 * kChannels) + 1000;
  auto writer = *AudioWriter::Create(
      *OutputFile::Create(path, false),
      {{48000, kChannels}, SF_FORMAT_WAVEX | SF_FORMAT_FLOAT, {}}, {});
  std::vector<float> block(size_t{1} << 20);
  for (int64_t left = kFrames * kChannels; left > 0;) {
    const size_t count = std::min<int64_t>(left, block.size());
    left -= count;
    // The last sample is one to know again.
    if (left == 0) block[count - 1] = 0.5f;
    ASSERT_TRUE(writer->Write(std::span(block).first(count)).ok());
  }
  ASSERT_TRUE(writer->Finish().ok());

  const auto reader = *AudioReader::Open(path, std::nullopt);
  EXPECT_EQ(reader->format() & SF_FORMAT_TYPEMASK, SF_FORMAT_RF64);
  EXPECT_EQ(reader->num_frames(), kFrames);
  int64_t frames = 0;
  float last = 0.0f;
  while (const int64_t count = reader->Read(block)) {
    frames += count;
    last = block[count * kChannels - 1];
  }
  EXPECT_EQ(frames, kFrames);
  EXPECT_EQ(last, 0.5f);
  EXPECT_EQ(reader->warning(), "");
}

TEST(Rf64, AiffPast4GiBIsRefusedAndLeavesNothing) {
  const TempFolder folder;
  auto writer = *AudioWriter::Create(
      *OutputFile::Create(folder.Path("large.aiff"), false),
      {{48000, 32}, SF_FORMAT_AIFF | SF_FORMAT_FLOAT, {}}, {});
  const std::vector<float> block(size_t{1} << 20);
  absl::Status status;
  int64_t samples = 0;
  for (; status.ok() && samples < int64_t{1} << 31; samples += block.size()) {
    status = writer->Write(block);
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange) << status;
  EXPECT_EQ(samples, int64_t{1} << 30);  // the block that reaches 4 GiB
  writer.reset();
  EXPECT_EQ(folder.NumEntries(), 0u);
}

}  // namespace
}  // namespace tacet
