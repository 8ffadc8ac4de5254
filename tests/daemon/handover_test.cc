// SPDX-License-Identifier: Apache-2.0
#include "daemon/handover.h"

#include <string>

#include "gtest/gtest.h"

namespace tacet {
namespace {

TEST(Handover, SurvivesTheEnvironment) {
  Handover handover;
  handover.lock_fd = 7;
  handover.settings = {{"mode", "mute"}, {"device", "a=b c"}};
  handover.recovery.num_recoveries = 3;
  handover.recovery.last_cause = "backend fake does not stop";
  handover.failed_ns = int64_t{1} << 60;
  handover.backend = "jack";
  const absl::StatusOr<Handover> parsed = Handover::Parse(handover.Serialize());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->lock_fd, handover.lock_fd);
  EXPECT_EQ(parsed->control_fd, handover.control_fd);
  EXPECT_EQ(parsed->settings, handover.settings);
  EXPECT_EQ(parsed->recovery.num_recoveries, 3);
  EXPECT_EQ(parsed->recovery.last_cause, handover.recovery.last_cause);
  EXPECT_EQ(parsed->failed_ns, handover.failed_ns);
  EXPECT_EQ(parsed->backend, "jack");
}

TEST(Handover, RefusesWhatItDidNotWrite) {
  for (const std::string text : {"", "1\n", "x\n1\n", "1\n2", "1\n2\n3\n4\n",
                                 "1\n2\n3\n4\n\n", "1\n2\n3\n4\n\n\nkey\n"}) {
    EXPECT_EQ(Handover::Parse(text).status().code(),
              absl::StatusCode::kInvalidArgument)
        << text;
  }
}

}  // namespace
}  // namespace tacet
