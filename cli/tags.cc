// SPDX-License-Identifier: Apache-2.0
#include "cli/tags.h"

#include <cstddef>
#include <cstring>
#include <string_view>

namespace tacet {
namespace {

// libsndfile's own limits: the fixed part and at most 16 KiB of text.
constexpr size_t kMaxChunkBytes = 32 << 10;

// The chunk as libsndfile's struct, cut behind its last text; empty if none.
std::vector<char> ReadChunk(SNDFILE* file, int command) {
  std::vector<char> chunk(kMaxChunkBytes);
  if (sf_command(file, command, chunk.data(), static_cast<int>(chunk.size())) !=
      SF_TRUE) {
    return {};
  }
  return chunk;
}

// libsndfile wants the struct no longer than its text says.
size_t BroadcastSize(const std::vector<char>& chunk) {
  constexpr size_t kText = offsetof(SF_BROADCAST_INFO, coding_history);
  uint32_t size = 0;
  std::memcpy(&size,
              chunk.data() + offsetof(SF_BROADCAST_INFO, coding_history_size),
              sizeof(size));
  return size > chunk.size() - kText ? 0 : kText + size;
}

size_t CartSize(const std::vector<char>& chunk) {
  constexpr size_t kText = offsetof(SF_CART_INFO, tag_text);
  uint32_t size = 0;
  std::memcpy(&size, chunk.data() + offsetof(SF_CART_INFO, tag_text_size),
              sizeof(size));
  return size > chunk.size() - kText ? 0 : kText + size;
}

std::string_view StringName(int id) {
  switch (id) {
    case SF_STR_TITLE:
      return "title";
    case SF_STR_COPYRIGHT:
      return "copyright";
    case SF_STR_ARTIST:
      return "artist";
    case SF_STR_COMMENT:
      return "comment";
    case SF_STR_DATE:
      return "date";
    case SF_STR_ALBUM:
      return "album";
    case SF_STR_LICENSE:
      return "license";
    case SF_STR_TRACKNUMBER:
      return "track number";
    case SF_STR_GENRE:
      return "genre";
    default:
      return "";  // software
  }
}

// libsndfile takes these and does not write them.
bool IsDropped(int id, int format) {
  switch (format & SF_FORMAT_TYPEMASK) {
    case SF_FORMAT_WAV:
    case SF_FORMAT_WAVEX:
    case SF_FORMAT_RF64:
      return id == SF_STR_LICENSE;
    case SF_FORMAT_AIFF:
      return id == SF_STR_DATE || id == SF_STR_ALBUM || id == SF_STR_LICENSE ||
             id == SF_STR_TRACKNUMBER || id == SF_STR_GENRE;
    case SF_FORMAT_MPEG:
      return id == SF_STR_COPYRIGHT || id == SF_STR_LICENSE;
    default:
      return false;
  }
}

}  // namespace

Tags ReadTags(SNDFILE* file, int num_channels) {
  Tags tags;
  for (int id = SF_STR_FIRST; id <= SF_STR_LAST; ++id) {
    const char* text = sf_get_string(file, id);
    if (text != nullptr && *text != '\0') tags.strings.emplace_back(id, text);
  }
  tags.broadcast = ReadChunk(file, SFC_GET_BROADCAST_INFO);
  if (!tags.broadcast.empty()) {
    tags.broadcast.resize(BroadcastSize(tags.broadcast));
  }
  tags.cart = ReadChunk(file, SFC_GET_CART_INFO);
  if (!tags.cart.empty()) tags.cart.resize(CartSize(tags.cart));
  tags.channel_map.resize(static_cast<size_t>(num_channels));
  if (sf_command(file, SFC_GET_CHANNEL_MAP_INFO, tags.channel_map.data(),
                 static_cast<int>(num_channels * sizeof(int))) != SF_TRUE) {
    tags.channel_map.clear();
  }
  return tags;
}

std::vector<std::string> WriteTags(const Tags& tags, int format,
                                   SNDFILE* file) {
  std::vector<std::string> lost = tags.lost;
  for (const auto& [id, text] : tags.strings) {
    const bool kept = sf_set_string(file, id, text.c_str()) == 0;
    const std::string name(StringName(id));
    if ((!kept || IsDropped(id, format)) && !name.empty()) lost.push_back(name);
  }
  std::vector<char> chunk = tags.broadcast;
  if (!chunk.empty() && sf_command(file, SFC_SET_BROADCAST_INFO, chunk.data(),
                                   static_cast<int>(chunk.size())) != SF_TRUE) {
    lost.push_back("chunk bext");
  }
  chunk = tags.cart;
  if (!chunk.empty() && sf_command(file, SFC_SET_CART_INFO, chunk.data(),
                                   static_cast<int>(chunk.size())) != SF_TRUE) {
    lost.push_back("chunk cart");
  }
  std::vector<int> map = tags.channel_map;
  if (!map.empty()) {
    sf_command(file, SFC_SET_CHANNEL_MAP_INFO, map.data(),
               static_cast<int>(map.size() * sizeof(int)));
  }
  return lost;
}

}  // namespace tacet
