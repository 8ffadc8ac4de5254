// SPDX-License-Identifier: Apache-2.0
#include "daemon/log.h"

#include <unistd.h>

#include <algorithm>
#include <climits>
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
        level,
        [this](std::string_view line) {
          if (is_full_) return false;
          text_ += line;
          return true;
        },
        [this] { return now_ns_; });
  }

  std::string text_;
  bool is_full_ = false;
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

TEST_F(LogTest, LinesThatWereNotTakenAreCounted) {
  Log log = MakeLog(LogLevel::kInfo);
  is_full_ = true;
  log.Write(LogLevel::kInfo, "x");
  log.Write(LogLevel::kInfo, "y");
  is_full_ = false;
  log.Write(LogLevel::kInfo, "z");
  log.Write(LogLevel::kInfo, "z");
  EXPECT_EQ(text_, "<6>level=info event=z lost=2\n<6>level=info event=z\n");
}

TEST_F(LogTest, LineFitsIntoAPipeAtOnce) {
  Log log = MakeLog(LogLevel::kInfo);
  log.Write(LogLevel::kInfo, "x", {{"a", std::string(2 * PIPE_BUF, 'a')}});
  EXPECT_EQ(text_.size(), static_cast<size_t>(PIPE_BUF));
  EXPECT_EQ(text_.back(), '\n');
}

// Without a limit of its own it would wait for the reader, for ever.
TEST(Log, AReaderThatHasStoppedHoldsNobody) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  const int kept = dup(STDERR_FILENO);
  ASSERT_GE(dup2(fds[1], STDERR_FILENO), 0);
  {
    Log log(LogLevel::kInfo);
    for (int i = 0; i < 1000; ++i) {
      log.Write(LogLevel::kInfo, std::to_string(i),
                {{"a", std::string(1000, 'a')}});
    }
  }
  ASSERT_GE(dup2(kept, STDERR_FILENO), 0);
  close(kept);
  close(fds[1]);
  std::string text;
  char bytes[4096];
  for (ssize_t n; (n = read(fds[0], bytes, sizeof(bytes))) > 0;) {
    text.append(bytes, static_cast<size_t>(n));
  }
  close(fds[0]);
  // Whole lines, from the first on, and fewer than were written.
  EXPECT_EQ(text.rfind("<6>level=info event=0 a=", 0), 0u);
  EXPECT_EQ(text.back(), '\n');
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 1000);
}

}  // namespace
}  // namespace tacet
