// SPDX-License-Identifier: Apache-2.0
#include "cli/lost_tags.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

namespace tacet {
namespace {

using Names = std::vector<std::string>;

Names Find(const std::string& file) {
  return FindLostTags([&](int64_t at, std::span<unsigned char> bytes) {
    if (at < 0 || at + static_cast<int64_t>(bytes.size()) >
                      static_cast<int64_t>(file.size())) {
      return false;
    }
    std::copy_n(file.begin() + at, bytes.size(), bytes.begin());
    return true;
  });
}

std::string Number(uint32_t value, int size, bool big_endian) {
  std::string text;
  for (int i = 0; i < size; ++i) {
    text += static_cast<char>(value >> 8 * (big_endian ? size - 1 - i : i));
  }
  return text;
}

std::string Chunk(const std::string& id, std::string data,
                  bool big_endian = false) {
  const std::string size = Number(data.size(), 4, big_endian);
  if (data.size() % 2 != 0) data += '\0';
  return id + size + data;
}

std::string Comments(const Names& entries) {
  std::string text = Number(6, 4, false) + "vendor";
  text += Number(entries.size(), 4, false);
  for (const std::string& entry : entries) {
    text += Number(entry.size(), 4, false) + entry;
  }
  return text;
}

std::string Wav() {
  return "RIFF....WAVE" + Chunk("fmt ", std::string(16, 'x')) +
         Chunk("LIST", "INFO" + Chunk("INAM", "title") + Chunk("IENG", "me") +
                           Chunk("ISFT", "program")) +
         Chunk("bext", std::string(602, '\0')) + Chunk("data", "12345") +
         Chunk("cue ", std::string(28, '\0')) + Chunk("LIST", "adtl") +
         Chunk("iXML", "<>") + Chunk("iXML", "<>");
}

std::string Flac(const std::string& comments) {
  const auto block = [](int type, const std::string& data) {
    return Number(type, 1, true) + Number(data.size(), 3, true) + data;
  };
  return "fLaC" + block(0, std::string(34, '\0')) + block(4, comments) +
         block(6, "png") + block(0x80 | 1, "\0\0") + "samples";
}

// Two pages; the comments run over from the one to the other.
std::string Ogg(const std::string& comments) {
  const std::string first = "\x01vorbis etc";
  std::string second = "\x03vorbis" + comments;
  second.resize(255 * 2 + 7, '\1');
  const std::string head = "OggS" + std::string(22, '\0');
  return head + "\2" + Number(first.size(), 1, true) + "\xff" + first +
         second.substr(0, 255) + head + "\2\xff\7" + second.substr(255);
}

const Names kEntries = {"TITLE=a",    "replaygain_track_gain=-3 dB",
                        "Artist=b",   "METADATA_BLOCK_PICTURE=AAAA",
                        "ENCODER=x",  "MOOD=good",
                        "MOOD=better"};
const Names kLost = {"tag REPLAYGAIN_TRACK_GAIN", "cover picture", "tag MOOD"};

TEST(LostTags, AreNamedOnceInTheOrderOfTheFile) {
  EXPECT_EQ(Find(Wav()), (Names{"tag IENG", "cue points", "chunk iXML"}));
  EXPECT_EQ(Find("FORM....AIFF" + Chunk("COMM", "x", true) +
                 Chunk("NAME", "title", true) + Chunk("MARK", "1", true) +
                 Chunk("ID3 ", "abc", true)),
            (Names{"cue points", "ID3 tags"}));
  EXPECT_EQ(Find(Flac(Comments(kEntries))), kLost);
  EXPECT_EQ(Find(Ogg(Comments(kEntries))), kLost);
  EXPECT_EQ(Find("ID3" + std::string("\4\0\0\0\0\0\x30", 7) + "TIT2" +
                 std::string("\0\0\0\2\0\0ab", 8) + "APIC" +
                 std::string("\0\0\0\4\0\0abcd", 10) + std::string(40, '\0')),
            (Names{"cover picture"}));
}

TEST(LostTags, AreNoneWhereAllIsKept) {
  for (const std::string& file :
       {std::string(), std::string("not audio at all"),
        "RIFF....WAVE" + Chunk("fmt ", "x") + Chunk("data", "x"),
        Ogg(Comments({"TITLE=a", "date=2026"}))}) {
    EXPECT_EQ(Find(file), Names());
  }
}

// Whatever a file holds, the search ends and reads inside its buffers.
TEST(LostTags, SurviveEveryCutAndFlippedByte) {
  std::mt19937 random(1);
  for (const std::string& file :
       {Wav(), Flac(Comments(kEntries)), Ogg(Comments(kEntries))}) {
    for (size_t size = 0; size < file.size(); ++size) {
      EXPECT_LE(Find(file.substr(0, size)).size(), 3u);
    }
    for (int i = 0; i < 20000; ++i) {
      std::string broken = file;
      for (int flips = 0; flips < 3; ++flips) {
        broken[4 + random() % (broken.size() - 4)] =
            static_cast<char>(random());
      }
      EXPECT_LE(Find(broken).size(), 20u);
    }
  }
}

}  // namespace
}  // namespace tacet
