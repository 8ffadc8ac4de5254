// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_HEADER_LOG_H_
#define TACET_CLI_HEADER_LOG_H_

#include <cstdint>
#include <string_view>

namespace tacet {

// True for the sizes that writers put where they do not know and cannot go back
// to correct: 2^31 (SoX, arecord) or 2^32 (ffmpeg, tacet) or 2^63 and up to
// 4095 less, for what the header takes. 0 is one too, but a file may be empty.
bool IsPlaceholderSize(uint64_t size);

// True where libsndfile's log of a file (SFC_GET_LOG_INFO) says that its
// samples end before the size that its header has for them, and this is no
// placeholder. Sizes that do not count are those of other chunks and, where the
// samples' own is checked, of the whole file.
bool SaysTruncated(std::string_view log);

}  // namespace tacet

#endif  // TACET_CLI_HEADER_LOG_H_
