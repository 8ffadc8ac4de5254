// SPDX-License-Identifier: Apache-2.0
#include "cli/daemon_report.h"

#include <gtest/gtest.h>

#include <string>

namespace tacet {
namespace {

Json Offload(bool is_backed_off) {
  return {{"offload",
           {{"backed_off", is_backed_off},
            {"submitted", 100},
            {"answered", 40},
            {"late", 12},
            {"failed", 3},
            {"wrong", 1},
            {"not_sent", 43},
            {"dropped", 0},
            {"backoffs", 2}}}};
}

std::string LineOf(const std::string& text, const std::string& word) {
  const size_t at = text.find(word);
  return at == std::string::npos ? ""
                                 : text.substr(at, text.find('\n', at) - at);
}

TEST(StatusReport, TellsWhatBecameOfTheHopsThatRanElsewhere) {
  const std::string line = LineOf(StatusReport(Offload(false)), "offload");
  for (const char* part : {"40 of 100 hops answered", "12 late", "3 failed",
                           "1 wrong", "43 not sent"}) {
    EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
  }
  EXPECT_EQ(line.find("left alone"), std::string::npos) << line;
}

TEST(StatusReport, SaysThatABackendIsLeftAlone) {
  const std::string line = LineOf(StatusReport(Offload(true)), "offload");
  EXPECT_NE(line.find("left alone for a while after misses"), std::string::npos)
      << line;
  EXPECT_NE(line.find("tried again (2 times so far); the fallback answers"),
            std::string::npos)
      << line;
}

TEST(StatusReport, SaysNothingOfItWhereNothingRunsElsewhere) {
  EXPECT_EQ(LineOf(StatusReport({{"offload", nullptr}}), "offload"), "");
}

}  // namespace
}  // namespace tacet
