// SPDX-License-Identifier: Apache-2.0
#include "config/suggestion.h"

#include <gtest/gtest.h>

namespace tacet {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("", "abc"), 3);
  EXPECT_EQ(EditDistance("abc", ""), 3);
  EXPECT_EQ(EditDistance("mode", "mode"), 0);
  EXPECT_EQ(EditDistance("mode", "moed"), 1);
  EXPECT_EQ(EditDistance("mode", "made"), 1);
  EXPECT_EQ(EditDistance("mode", "model"), 1);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
}

TEST(Suggestion, GivesTheNearestWord) {
  EXPECT_EQ(Suggestion("chanels", {"channels", "name"}), "channels");
  EXPECT_EQ(Suggestion("moed", {"model", "mode"}), "mode");
}

TEST(Suggestion, IsSilentWhenNothingIsNear) {
  EXPECT_EQ(Suggestion("volume", {"channels", "mode"}), "");
  EXPECT_EQ(Suggestion("", {"a"}), "");
  EXPECT_EQ(Suggestion(std::string(100000, 'a'), {"a"}), "");
}

}  // namespace
}  // namespace tacet
