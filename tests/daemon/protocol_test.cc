// SPDX-License-Identifier: Apache-2.0
#include "daemon/protocol.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>

namespace tacet {
namespace {

TEST(ControlSocketPath, LiesInTheRuntimeFolder) {
  setenv("XDG_RUNTIME_DIR", "/run/user/1000", 1);
  EXPECT_EQ(*ControlSocketPath(), "/run/user/1000/tacet/control.sock");
}

TEST(ControlSocketPath, HasNoFallback) {
  unsetenv("XDG_RUNTIME_DIR");
  EXPECT_TRUE(absl::IsFailedPrecondition(ControlSocketPath().status()));
  setenv("XDG_RUNTIME_DIR", "", 1);
  EXPECT_TRUE(absl::IsFailedPrecondition(ControlSocketPath().status()));
  setenv("XDG_RUNTIME_DIR", "run", 1);
  EXPECT_EQ(ControlSocketPath().status().message(),
            "XDG_RUNTIME_DIR is 'run', which is no absolute path");
  setenv("XDG_RUNTIME_DIR", ("/" + std::string(100, 'a')).c_str(), 1);
  EXPECT_TRUE(absl::IsInvalidArgument(ControlSocketPath().status()));
}

TEST(ParseRequest, ReadsWhatRequestLineWrites) {
  const auto request =
      ParseRequest(RequestLine(7, "set", {{"key", "a"}, {"force", true}}));
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->id, 7);
  EXPECT_EQ(request->command, "set");
  EXPECT_EQ(*request->Text("key"), "a");
  EXPECT_TRUE(*request->Flag("force"));
  EXPECT_FALSE(*request->Flag("reset"));
  EXPECT_FALSE(request->Text("value").ok());
  EXPECT_FALSE(request->Text("force").ok());
  EXPECT_FALSE(request->Flag("key").ok());
  EXPECT_FALSE(request->Number("key").ok());
}

TEST(ParseRequest, TheIdIsOptional) {
  const auto request = ParseRequest(R"({"v":1,"cmd":"status"})");
  ASSERT_TRUE(request.ok());
  EXPECT_FALSE(request->id.has_value());
}

TEST(ParseRequest, RefusesWhatIsNoRequest) {
  for (const std::string& line :
       {std::string(), std::string("status"), std::string("[]"),
        std::string("null"), std::string("{}"), std::string(R"({"v":1})"),
        std::string(R"({"v":2,"cmd":"status"})"),
        std::string(R"({"v":"1","cmd":"status"})"),
        std::string(R"({"v":1.0,"cmd":"status"})"),
        std::string(R"({"v":1,"cmd":1})"),
        std::string(R"({"v":1,"id":"x","cmd":"status"})"),
        std::string(R"({"v":1,"id":18446744073709551615,"cmd":"status"})"),
        std::string(R"({"v":1,"cmd":"status"} x)"),
        std::string("{\"v\":1,\"cmd\":\"\xff\"}"), std::string(3, '\0'),
        std::string(kMaxRequestBytes, '['), std::string(60000, '{')}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseRequest(line).status()))
        << line.substr(0, 50);
  }
}

TEST(AnswerLine, IsReadByParseAnswer) {
  EXPECT_EQ(AnswerLine(3, {{"a", 1}}),
            "{\"id\":3,\"ok\":true,\"result\":{\"a\":1},\"v\":1}\n");
  EXPECT_EQ(*ParseAnswer(AnswerLine(3, {{"a", 1}})), (Json{{"a", 1}}));
  EXPECT_EQ(*ParseAnswer(MetersLine(3, {{"a", 1}})), (Json{{"a", 1}}));
}

TEST(ErrorLine, GivesTheDaemonsWords) {
  const auto answer = ParseAnswer(ErrorLine(std::nullopt, "no \"model\"\n"));
  EXPECT_EQ(answer.status().message(), "no \"model\"\n");
  EXPECT_EQ(ErrorLine(std::nullopt, "x").find('\n'),
            ErrorLine(std::nullopt, "x").size() - 1);
}

TEST(AnswerLine, ReplacesBytesThatAreNoText) {
  const std::string line = AnswerLine(1, {{"name", "mic\xff"}});
  EXPECT_EQ((*ParseAnswer(line))["name"], "mic\xef\xbf\xbd");
}

TEST(BusyLine, TellsThatTheClientMayComeAgain) {
  const std::string line = BusyLine("too many connections");
  EXPECT_EQ(ParseAnswer(line).status(),
            absl::ResourceExhaustedError("too many connections"));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  for (const char* other : {R"({"ok":false,"error":"x","busy":false})",
                            R"({"ok":false,"error":"x","busy":"true"})",
                            R"({"ok":false,"error":"x"})"}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(ParseAnswer(other).status()))
        << other;
  }
}

TEST(ParseAnswer, RefusesWhatIsNoAnswer) {
  for (const char* line : {"", "x", "[]", "{}", "{\"ok\":true}"}) {
    EXPECT_TRUE(absl::IsInternal(ParseAnswer(line).status())) << line;
  }
}

}  // namespace
}  // namespace tacet
