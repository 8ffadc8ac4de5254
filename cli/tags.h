// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_TAGS_H_
#define TACET_CLI_TAGS_H_

#include <sndfile.h>

#include <string>
#include <utility>
#include <vector>

namespace tacet {

// What a file says about its audio: the text tags (title, artist, ...), the
// broadcast (bext) and cart chunks of a WAV file, and the loudspeaker that each
// channel belongs to.
struct Tags {
  std::vector<std::pair<int, std::string>> strings;  // SF_STR_*, text
  std::vector<char> broadcast;                       // SF_BROADCAST_INFO
  std::vector<char> cart;                            // SF_CART_INFO
  std::vector<int> channel_map;                      // SF_CHANNEL_MAP_*
  std::vector<std::string> lost;  // what else there is (FindLostTags)
};

Tags ReadTags(SNDFILE* file, int num_channels);

// Writes what `format`, that of `file`, can hold; call before any samples.
// Returns the names of what is not kept, of the lost too, but for the program
// that wrote the file and the loudspeakers.
std::vector<std::string> WriteTags(const Tags& tags, int format, SNDFILE* file);

}  // namespace tacet

#endif  // TACET_CLI_TAGS_H_
