// SPDX-License-Identifier: Apache-2.0
#include "cli/header_log.h"

#include <gtest/gtest.h>

#include <string>

namespace tacet {
namespace {

TEST(HeaderLog, KnowsThePlaceholdersOfWritersThatCannotGoBack) {
  for (const uint64_t size :
       {0xffffffffu, 0xffffffdbu, 0x7ffff000u, 0x7ffff024u, 0x7fffffffu,
        0x7fffffdbu, 0x80000000u}) {
    EXPECT_TRUE(IsPlaceholderSize(size)) << std::hex << size;
  }
  EXPECT_TRUE(IsPlaceholderSize(~uint64_t{0}));
  EXPECT_TRUE(IsPlaceholderSize(0x7fffffffffffffff));
  for (const uint64_t size :
       {0u, 1u, 2000u, 0x7fffefffu, 0x80000001u, 0xffffefffu}) {
    EXPECT_FALSE(IsPlaceholderSize(size)) << std::hex << size;
  }
  EXPECT_FALSE(IsPlaceholderSize(0x100000001));
}

TEST(HeaderLog, SaysTruncatedWhereTheSamplesAreFewer) {
  for (const char* line :
       {"data : 2000 (should be 1168)", " SSND : 2008 (should be 1008)",
        "  Data Size   : 2000 (should be 1000)",
        " BODY : 2000 (should be 1158)", "  Riff size : 2096 (should be 1254)",
        "riff : 2104 (should be 1262)"}) {
    EXPECT_TRUE(SaysTruncated(line)) << line;
    EXPECT_TRUE(SaysTruncated("Length : 1\n" + std::string(line) + "\nEnd\n"));
  }
}

TEST(HeaderLog, SaysNothingOfPlaceholdersAndOtherChunks) {
  for (const char* line :
       {"", "\n\n", "data : 2000", "data : 4294967295 (should be 2000)",
        "data : 2147479552 (should be 2000)", "data : 0 (should be 2000)",
        "data : -1 (should be 2000)", "RIFF : 3036 (should be 2036)",
        "LIST : 92 (should be 8)", "FORM : 2046 (should be 1046)",
        "    INAM : data : 5 (should be 4)", "(should be data : 5",
        "data : x (should be 4)",
        "data : 99999999999999999999 (should be 1)"}) {
    EXPECT_FALSE(SaysTruncated(line)) << line;
  }
}

}  // namespace
}  // namespace tacet
