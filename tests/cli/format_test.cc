// SPDX-License-Identifier: Apache-2.0
#include "cli/format.h"

#include <gtest/gtest.h>
#include <sndfile.h>

namespace tacet {
namespace {

constexpr AudioShape kStereo = {48000, 2};

int Choose(const FormatRequest& request, const std::string& path, int input) {
  const auto format = ChooseOutputFormat(request, path, input, kStereo);
  EXPECT_TRUE(format.ok()) << format.status();
  return format.value_or(0);
}

TEST(Format, KeepsTheInputsWhereNothingElseIsSaid) {
  for (int input :
       {SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_WAV | SF_FORMAT_MS_ADPCM,
        SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, SF_FORMAT_FLAC | SF_FORMAT_PCM_24,
        SF_FORMAT_AIFF | SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE,
        SF_FORMAT_RAW | SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE}) {
    EXPECT_EQ(Choose({}, "out", input), input) << DescribeFormat(input);
  }
}

TEST(Format, TheOptionWinsOverTheExtensionAndThatOverTheInput) {
  const int input = SF_FORMAT_FLAC | SF_FORMAT_PCM_24;
  EXPECT_EQ(Choose({}, "a/b.wav", input), SF_FORMAT_WAV | SF_FORMAT_PCM_24);
  EXPECT_EQ(Choose({"aiff", ""}, "b.wav", input),
            SF_FORMAT_AIFF | SF_FORMAT_PCM_24);
  EXPECT_EQ(Choose({"AIFF", "pcm16"}, "b.wav", input),
            SF_FORMAT_AIFF | SF_FORMAT_PCM_16);
}

TEST(Format, FallsBackToWhatLosesLeast) {
  EXPECT_EQ(Choose({}, "o.flac", SF_FORMAT_WAV | SF_FORMAT_FLOAT),
            SF_FORMAT_FLAC | SF_FORMAT_PCM_24);
  EXPECT_EQ(Choose({}, "o.wav", SF_FORMAT_OGG | SF_FORMAT_VORBIS),
            SF_FORMAT_WAV | SF_FORMAT_PCM_16);
  EXPECT_EQ(Choose({}, "o.ogg", SF_FORMAT_WAV | SF_FORMAT_PCM_24),
            SF_FORMAT_OGG | SF_FORMAT_VORBIS);
  EXPECT_EQ(Choose({}, "o.flac", SF_FORMAT_WAV | SF_FORMAT_MS_ADPCM),
            SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
}

TEST(Format, AnRf64InputGivesWavSinceSizeAloneDecides) {
  EXPECT_EQ(Choose({}, "o.wav", SF_FORMAT_RF64 | SF_FORMAT_PCM_16),
            SF_FORMAT_WAV | SF_FORMAT_PCM_16);
}

TEST(Format, OpusTakesOnlyItsOwnRates) {
  const int input = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  EXPECT_TRUE(ChooseOutputFormat({}, "o.opus", input, {48000, 2}).ok());
  EXPECT_FALSE(ChooseOutputFormat({}, "o.opus", input, {44100, 2}).ok());
}

TEST(Format, ReadsExtensionsFromThePathsLastPart) {
  EXPECT_EQ(Extension("a.b/c.WAV"), "wav");
  EXPECT_EQ(Extension("a.b/c"), "");
  EXPECT_EQ(Extension("a/.wav"), "");
  EXPECT_TRUE(HasAudioExtension("x/y.Flac"));
  EXPECT_FALSE(HasAudioExtension("x/y.txt"));
  EXPECT_FALSE(HasAudioExtension("flac"));
}

}  // namespace
}  // namespace tacet
