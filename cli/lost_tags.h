// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_LOST_TAGS_H_
#define TACET_CLI_LOST_TAGS_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tacet {

// Fills the whole span from byte `offset` of a file; false past its end.
using ReadAt = std::function<bool(int64_t offset, std::span<unsigned char>)>;

// What a file says beside its audio that libsndfile does not pass on, so that
// it cannot be kept: "cue points", "cover picture", "tag
// REPLAYGAIN_TRACK_GAIN", "chunk iXML". Each once, in the order of the file;
// nothing of a file that is damaged there. Looks at WAV, RF64 (up to the
// samples), AIFF, FLAC, the first stream of Ogg, and for pictures at MP3.
// Source: RIFF and AIFF 1.3 chunks, RFC 9639 (FLAC), RFC 3533 (Ogg), the Vorbis
// comment specification, ID3 2.3 and 2.4.
std::vector<std::string> FindLostTags(const ReadAt& read);

}  // namespace tacet

#endif  // TACET_CLI_LOST_TAGS_H_
