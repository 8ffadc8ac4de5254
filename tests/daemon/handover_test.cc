// SPDX-License-Identifier: Apache-2.0
#include "daemon/handover.h"

#include <string>

#include "gtest/gtest.h"

namespace tacet {
namespace {

TEST(Handover, SurvivesTheEnvironment) {
  const Handover handover = {
      .lock_fd = 7,
      .control_fd = -1,
      .settings = {{"mode", "mute"}, {"device", "a=b c"}}};
  const absl::StatusOr<Handover> parsed = Handover::Parse(handover.Serialize());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, handover);
}

TEST(Handover, RefusesWhatItDidNotWrite) {
  for (const std::string text : {"", "1\n", "x\n1\n", "1\n2", "1\n2\nkey\n"}) {
    EXPECT_EQ(Handover::Parse(text).status().code(),
              absl::StatusCode::kInvalidArgument)
        << text;
  }
}

}  // namespace
}  // namespace tacet
