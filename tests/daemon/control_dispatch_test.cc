// SPDX-License-Identifier: Apache-2.0
#include "daemon/control_dispatch.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/daemon/control_fake_handler.h"

namespace tacet {
namespace {

class DispatchTest : public ::testing::Test {
 protected:
  absl::StatusOr<Json> Ask(const char* command, Json arguments = {}) {
    const auto request = ParseRequest(RequestLine(1, command, arguments));
    absl::StatusOr<Json> answer = absl::InternalError("no answer");
    int num_answers = 0;
    Dispatch(*request, &daemon_, [&](const absl::StatusOr<Json>& result) {
      answer = result;
      ++num_answers;
    });
    EXPECT_EQ(num_answers, 1) << command;
    return answer;
  }
  std::string Error(const char* command, Json arguments = {}) {
    return std::string(Ask(command, std::move(arguments)).status().message());
  }

  FakeHandler daemon_;
};

using Calls = std::vector<std::string>;

TEST_F(DispatchTest, EachCommandCallsItsFunction) {
  EXPECT_EQ((*Ask("status"))["version"], "1.2.3");
  EXPECT_EQ((*Ask("devices"))["devices"].size(), 2u);
  EXPECT_EQ((*Ask("latency"))["latency"]["total_ms"], 32.0);
  EXPECT_NE((*Ask("metrics"))["text"].get<std::string>().find("tacet_info"),
            std::string::npos);
  EXPECT_EQ(daemon_.calls, Calls());
  EXPECT_TRUE(Ask("reload").ok());
  EXPECT_TRUE(Ask("model", {{"name", "base"}}).ok());
  EXPECT_TRUE(Ask("model", {{"file", "/a/b.tacet"}}).ok());
  EXPECT_EQ((*Ask("loopback", {{"force", true}}))["median_ms"], 34.5);
  EXPECT_EQ(daemon_.calls, (Calls{"reload", "model base", "model /a/b.tacet",
                                  "loopback force"}));
  EXPECT_FALSE(daemon_.stopped);
  EXPECT_TRUE(Ask("stop").ok());
  EXPECT_TRUE(daemon_.stopped);
}

TEST_F(DispatchTest, SetTakesTextNumbersAndBooleans) {
  EXPECT_TRUE(Ask("set", {{"key", "strength"}, {"value", "12"}}).ok());
  EXPECT_TRUE(Ask("set", {{"key", "strength"}, {"value", 12.5}}).ok());
  EXPECT_EQ(Error("set", {{"key", "other"}, {"value", true}}),
            "unknown key \"other\"");
  EXPECT_EQ(daemon_.calls,
            (Calls{"set strength=12", "set strength=12.5", "set other=true"}));
}

TEST_F(DispatchTest, AChangeSaysWhetherTheAudioRestarts) {
  const Json strength = {{"key", "strength"}, {"value", 12}};
  EXPECT_EQ(*Ask("set", strength), Json::object());
  EXPECT_EQ(*Ask("reload"), Json::object());
  daemon_.is_restarting = true;
  EXPECT_EQ(*Ask("set", strength), (Json{{"restarting", true}}));
  EXPECT_EQ(*Ask("reload"), (Json{{"restarting", true}}));
  EXPECT_FALSE(Ask("set", {{"key", "other"}, {"value", 1}}).ok());
}

TEST_F(DispatchTest, ModeIsSetAndToggled) {
  EXPECT_EQ((*Ask("mode", {{"mode", "mute"}}))["mode"], "mute");
  EXPECT_EQ((*Ask("mode", {{"mode", "toggle"}}))["mode"], "clean");
  EXPECT_EQ((*Ask("mode", {{"mode", "toggle"}}))["mode"], "bypass");
  EXPECT_EQ((*Ask("mode", {{"mode", "toggle"}}))["mode"], "clean");
  EXPECT_EQ(Error("mode", {{"mode", "loud"}}),
            "mode: 'loud', expected clean, bypass, mute or toggle");
}

TEST_F(DispatchTest, LatencyIsReadBeforeItIsReset) {
  EXPECT_EQ((*Ask("latency", {{"reset", true}}))["stages"][0]["count"], 1000);
  EXPECT_EQ((*Ask("latency"))["stages"][0]["count"], 0);
}

TEST_F(DispatchTest, ErrorsArePassedOn) {
  daemon_.reload_status = absl::InvalidArgumentError("a.toml:3: wrong");
  EXPECT_EQ(Error("reload"), "a.toml:3: wrong");
  EXPECT_EQ(Error("model", {{"name", "bad"}}), "bad: is no model");
  EXPECT_EQ(Error("loopback"), "1 program listens to the microphone");
}

TEST_F(DispatchTest, WrongArgumentsReachNobody) {
  EXPECT_EQ(Error("set", {{"key", "strength"}}),
            "argument \"value\": expected a string");
  EXPECT_EQ(Error("set", {{"value", 1}}),
            "argument \"key\": expected a string");
  EXPECT_EQ(Error("mode"), "argument \"mode\": expected a string");
  EXPECT_EQ(Error("latency", {{"reset", 1}}),
            "argument \"reset\": expected true or false");
  EXPECT_EQ(Error("model"), "model: expected one of \"file\" and \"name\"");
  EXPECT_EQ(Error("model", {{"file", "/a"}, {"name", "a"}}),
            "model: expected one of \"file\" and \"name\"");
  EXPECT_EQ(Error("model", {{"file", "a.tacet"}}),
            "model: 'a.tacet' is no absolute path");
  EXPECT_EQ(Error("model", {{"file", ""}}), "model: '' is no absolute path");
  EXPECT_EQ(Error("model", {{"name", ""}}), "model: '' is no built-in name");
  EXPECT_EQ(Error("model", {{"name", "../a"}}),
            "model: '../a' is no built-in name");
  EXPECT_EQ(Error("volume").rfind("unknown command \"volume\"; known: ", 0),
            0u);
  EXPECT_EQ(daemon_.calls, Calls());
}

}  // namespace
}  // namespace tacet
