// SPDX-License-Identifier: Apache-2.0
#include "daemon/log.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace tacet {
namespace {

class LogTest : public testing::Test {
 protected:
  Log MakeLog(LogLevel level) {
    return Log(
        level, [this](std::string_view line) { text_ += line; },
        [this] { return now_ns_; });
  }

  std::string text_;
  int64_t now_ns_ = 0;
};

TEST_F(LogTest, LineHasPriorityLevelEventAndFields) {
  Log log = MakeLog(LogLevel::kInfo);
  log.Write(LogLevel::kWarning, "audio_failed",
            {{"cause", "no server"}, {"next_try_ms", "100"}});
  EXPECT_EQ(text_,
            "<4>level=warning event=audio_failed cause=\"no server\" "
            "next_try_ms=100\n");
}

TEST_F(LogTest, EventStaysOneLineWhateverItsValues) {
  Log log = MakeLog(LogLevel::kInfo);
  log.Write(LogLevel::kInfo, "x", {{"a", "1\n<0>b=\"\\"}, {"e", ""}});
  EXPECT_EQ(text_, "<6>level=info event=x a=\"1\\x0a<0>b=\\\"\\\\\" e=\"\"\n");
}

TEST_F(LogTest, LesserLevelsAreLeftOut) {
  Log log = MakeLog(LogLevel::kWarning);
  log.Write(LogLevel::kInfo, "x");
  log.Write(LogLevel::kDebug, "x");
  EXPECT_EQ(text_, "");
  log.SetLevel(LogLevel::kDebug);
  log.Write(LogLevel::kDebug, "x");
  EXPECT_EQ(text_, "<7>level=debug event=x\n");
}

TEST_F(LogTest, AFloodIsCutAndCountedByEvent) {
  Log log = MakeLog(LogLevel::kInfo);
  for (int i = 0; i < 1000; ++i) log.Write(LogLevel::kError, "flood");
  log.Write(LogLevel::kError, "other");
  EXPECT_EQ(std::count(text_.begin(), text_.end(), '\n'), Log::kBurst + 1);
  text_.clear();
  now_ns_ += 61'000'000'000;
  log.Write(LogLevel::kError, "flood");
  EXPECT_EQ(text_, "<3>level=error event=flood left_out=990\n");
}

}  // namespace
}  // namespace tacet
