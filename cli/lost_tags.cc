// SPDX-License-Identifier: Apache-2.0
#include "cli/lost_tags.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

// More is no music, or an attack.
constexpr int kMaxItems = 1000;
constexpr size_t kMaxCommentBytes = 1 << 20;

using Names = std::vector<std::string>;
using Bytes = std::vector<unsigned char>;

void Add(std::string name, Names* names) {
  if (std::find(names->begin(), names->end(), name) == names->end()) {
    names->push_back(std::move(name));
  }
}

bool IsOneOf(std::string_view name,
             std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

uint32_t Load(std::span<const unsigned char> bytes, bool big_endian) {
  uint32_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    value = value << 8 | bytes[big_endian ? i : bytes.size() - 1 - i];
  }
  return value;
}

std::string_view Text(std::span<const unsigned char> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Of a WAV, AIFF or INFO chunk.
std::string NameOfChunk(std::string_view id) {
  if (IsOneOf(id, {"cue ", "MARK"})) return "cue points";
  if (IsOneOf(id, {"smpl", "inst", "INST"})) return "sampler loops";
  if (IsOneOf(id, {"id3 ", "ID3 "})) return "ID3 tags";
  if (IsOneOf(id,
              {"fmt ", "data", "fact", "ds64", "LIST", "bext", "cart", "PEAK",
               "JUNK", "junk", "PAD ", "FLLR", "COMM", "SSND", "FVER", "NAME",
               "AUTH", "ANNO", "(c) ", "APPL", "CHAN", "basc"})) {
    return "";
  }
  return absl::StrCat("chunk ", std::string(id));
}

void ScanInfo(const ReadAt& read, int64_t at, int64_t end, Names* names) {
  std::array<unsigned char, 8> head;
  for (int i = 0; i < kMaxItems && at + 8 <= end && read(at, head); ++i) {
    const std::string_view id = Text(head).substr(0, 4);
    // ISFT names the program, which is another now.
    if (!IsOneOf(id, {"INAM", "IART", "ICMT", "ICOP", "ICRD", "IGNR", "IPRD",
                      "ITRK", "ISFT"})) {
      Add(absl::StrCat("tag ", std::string(id)), names);
    }
    const int64_t size = Load(std::span(head).subspan(4), false);
    at += 8 + size + size % 2;
  }
}

void ScanChunks(const ReadAt& read, bool big_endian, Names* names) {
  std::array<unsigned char, 8> head;
  std::array<unsigned char, 4> kind;
  int64_t at = 12;
  for (int i = 0; i < kMaxItems && read(at, head); ++i) {
    const std::string_view id = Text(head).substr(0, 4);
    if (!std::all_of(id.begin(), id.end(), absl::ascii_isprint)) return;
    const int64_t size = Load(std::span(head).subspan(4), big_endian);
    if (id == "LIST" && read(at + 8, kind) && Text(kind) == "INFO") {
      ScanInfo(read, at + 12, at + 8 + size, names);
    } else if (const std::string name = NameOfChunk(id); !name.empty()) {
      Add(name, names);
    }
    at += 8 + size + size % 2;
  }
}

// A list of NAME=value, which may be cut; from its vendor string on.
void ScanComments(std::span<const unsigned char> bytes, Names* names) {
  const auto take = [&bytes](size_t size) {
    const auto part = bytes.first(std::min(size, bytes.size()));
    bytes = bytes.subspan(part.size());
    return part;
  };
  take(Load(take(4), false));
  const uint32_t count = Load(take(4), false);
  for (uint32_t i = 0; i < count && i < kMaxItems && bytes.size() > 4; ++i) {
    const std::string_view entry = Text(take(Load(take(4), false)));
    std::string name(entry.substr(0, std::min<size_t>(entry.find('='), 64)));
    absl::AsciiStrToUpper(&name);
    if (IsOneOf(name, {"METADATA_BLOCK_PICTURE", "COVERART"})) {
      Add("cover picture", names);
    } else if (!IsOneOf(name, {"TITLE", "ARTIST", "ALBUM", "DATE", "COMMENT",
                               "COPYRIGHT", "LICENSE", "TRACKNUMBER", "GENRE",
                               "ENCODER", "SOFTWARE", "COVERARTMIME",
                               "WAVEFORMATEXTENSIBLE_CHANNEL_MASK", ""})) {
      Add(absl::StrCat("tag ", name), names);
    }
  }
}

void ScanFlac(const ReadAt& read, Names* names) {
  enum { kApplication = 2, kComments = 4, kCueSheet = 5, kPicture = 6 };
  std::array<unsigned char, 4> head;
  int64_t at = 4;
  for (int i = 0; i < kMaxItems && read(at, head); ++i) {
    const size_t size = Load(std::span(head).subspan(1), true);
    const int type = head[0] & 0x7f;
    if (type == kPicture) Add("cover picture", names);
    if (type == kCueSheet) Add("cue sheet", names);
    if (type == kApplication) Add("application data", names);
    if (type == kComments) {
      Bytes comments(std::min(size, kMaxCommentBytes));
      if (read(at + 4, comments)) ScanComments(comments, names);
    }
    if (head[0] & 0x80) return;  // the last
    at += 4 + static_cast<int64_t>(size);
  }
}

// The second packet, cut where it is long.
Bytes CommentPacket(const ReadAt& read) {
  Bytes packet;
  int num_packets = 0;  // complete
  int64_t at = 0;
  std::array<unsigned char, 27> head;
  for (int i = 0; i < kMaxItems && read(at, head); ++i) {
    Bytes lengths(head[26]);
    if (Text(head).substr(0, 4) != "OggS" || !read(at + 27, lengths)) return {};
    at += 27 + static_cast<int64_t>(lengths.size());
    for (const unsigned char length : lengths) {
      if (num_packets == 1) {
        packet.resize(packet.size() + length);
        if (!read(at, std::span(packet).last(length))) return {};
      }
      at += length;
      num_packets += length < 255;
      if (num_packets == 2 || packet.size() > kMaxCommentBytes) return packet;
    }
  }
  return {};
}

void ScanOgg(const ReadAt& read, Names* names) {
  const Bytes packet = CommentPacket(read);
  for (const std::string_view magic : {"\x03vorbis", "OpusTags"}) {
    if (Text(packet).substr(0, magic.size()) == magic) {
      ScanComments(std::span(packet).subspan(magic.size()), names);
    }
  }
}

// A length of 7 bits a byte.
int64_t LoadSyncSafe(std::span<const unsigned char, 4> bytes) {
  return bytes[0] << 21 | bytes[1] << 14 | bytes[2] << 7 | bytes[3];
}

void ScanId3(const ReadAt& read, Names* names) {
  std::array<unsigned char, 10> head;
  if (!read(0, head)) return;
  const int version = head[3];
  if (version != 3 && version != 4) return;
  const int64_t end = 10 + LoadSyncSafe(std::span(head).subspan<6, 4>());
  int64_t at = 10;
  for (int i = 0; i < kMaxItems && at + 10 <= end && read(at, head); ++i) {
    if (Text(head).substr(0, 4) == "APIC") Add("cover picture", names);
    const auto size = std::span(head).subspan<4, 4>();
    at += 10 + (version == 4 ? LoadSyncSafe(size) : int64_t{Load(size, true)});
  }
}

}  // namespace

std::vector<std::string> FindLostTags(const ReadAt& read) {
  Names names;
  std::array<unsigned char, 12> head;
  if (!read(0, head)) return names;
  const std::string_view id = Text(head).substr(0, 4);
  const std::string_view kind = Text(head).substr(8);
  if (kind == "WAVE" && IsOneOf(id, {"RIFF", "RIFX", "RF64"})) {
    ScanChunks(read, id == "RIFX", &names);
  } else if (id == "FORM" && IsOneOf(kind, {"AIFF", "AIFC"})) {
    ScanChunks(read, true, &names);
  } else if (id == "fLaC") {
    ScanFlac(read, &names);
  } else if (id == "OggS") {
    ScanOgg(read, &names);
  } else if (id.substr(0, 3) == "ID3") {
    ScanId3(read, &names);
  }
  return names;
}

}  // namespace tacet
