// SPDX-License-Identifier: Apache-2.0
#include "daemon/control_server.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/daemon/control_server_fixture.h"

namespace tacet {
namespace {

TEST_F(ControlServerTest, AnswersInTwoTurnsOfTheLoop) {
  Client client(path_);
  client.Send(kStatus);
  Turn();  // accepts
  Turn();  // reads, asks, answers
  const Json answer = Json::parse(client.Receive());
  EXPECT_EQ(answer["id"], 5);
  EXPECT_EQ(answer["ok"], true);
  EXPECT_EQ(answer["result"]["version"], "1.2.3");
}

TEST_F(ControlServerTest, AnswersRequestsInTheirOrder) {
  auto client = Connect();
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += RequestLine(i, "reload", {});
  const std::string answers = Ask(*client, requests);
  std::string expected;
  for (int i = 0; i < 50; ++i) expected += AnswerLine(i, Json::object());
  EXPECT_EQ(answers, expected);
}

TEST_F(ControlServerTest, TakesARequestByteByByte) {
  auto client = Connect();
  for (const char c : kStatus) {
    EXPECT_EQ(client->Receive(), "");
    client->Send(std::string(1, c));
    Advance(1);
  }
  EXPECT_EQ(NumLines(client->Receive()), 1);
}

TEST_F(ControlServerTest, TakesALastRequestWithoutNewlineAndHangsUp) {
  auto client = Connect();
  client->Send(kStatus.substr(0, kStatus.size() - 1));
  client->EndInput();
  Settle();
  EXPECT_EQ(NumLines(client->Receive()), 1);
  EXPECT_TRUE(client->HungUp());
  EXPECT_EQ(server_->num_connections(), 0);
}

TEST_F(ControlServerTest, AWrongCommandDoesNotEndTheConnection) {
  auto client = Connect();
  const Json answer =
      Json::parse(Ask(*client, "{\"v\":1,\"id\":9,\"cmd\":\"dance\"}\n"));
  EXPECT_EQ(answer["ok"], false);
  EXPECT_EQ(answer["id"], 9);
  EXPECT_EQ(NumLines(Ask(*client, kStatus)), 1);
}

TEST_F(ControlServerTest, AnAnswerMayComeLater) {
  daemon_.reply_later = true;
  auto client = Connect();
  EXPECT_EQ(Ask(*client, RequestLine(1, "loopback", {})), "");
  EXPECT_EQ(NumLines(Ask(*client, kStatus)), 1) << "others need not wait";
  Advance(60000);
  ASSERT_EQ(daemon_.waiting_loopbacks.size(), 1u);
  daemon_.waiting_loopbacks[0](LoopbackReport{20, 19, 34.0, 33.0, 35.0, 34.0});
  daemon_.waiting_loopbacks[0](LoopbackReport{});
  Settle();
  const std::string answer = client->Receive();
  EXPECT_EQ(NumLines(answer), 1);
  EXPECT_EQ(Json::parse(answer)["id"], 1);
  EXPECT_EQ(Json::parse(answer)["result"]["found"], 19);
}

TEST_F(ControlServerTest, AnAnswerToSomebodyGoneIsDropped) {
  daemon_.reply_later = true;
  auto client = Connect();
  Ask(*client, RequestLine(1, "loopback", {}));
  client.reset();
  Settle();
  EXPECT_EQ(server_->num_connections(), 0);
  daemon_.waiting_loopbacks[0](LoopbackReport{});
  server_.reset();
  daemon_.waiting_loopbacks[0](LoopbackReport{});
}

TEST_F(ControlServerTest, OnlyAFewRequestsOfAClientWait) {
  daemon_.reply_later = true;
  auto client = Connect();
  const int max_waiting = ControlLimits().max_waiting;
  for (int i = 0; i < max_waiting; ++i) {
    EXPECT_EQ(Ask(*client, RequestLine(i, "loopback", {})), "");
  }
  const Json answer =
      Json::parse(Ask(*client, RequestLine(99, "loopback", {})));
  EXPECT_EQ(answer["id"], 99);
  EXPECT_EQ(answer["ok"], false);
  EXPECT_EQ(daemon_.waiting_loopbacks.size(), static_cast<size_t>(max_waiting));
}

TEST_F(ControlServerTest, SubscribersGetMetersAtTheirRate) {
  auto client = Connect();
  Ask(*client, RequestLine(4, "subscribe", {{"hz", 10}}));
  std::string frames;
  for (int ms = 0; ms < 1000; ms += 10) {
    Advance(10);
    frames += client->Receive();
  }
  EXPECT_EQ(NumLines(frames), 10);
  const Json frame = Json::parse(frames.substr(0, frames.find('\n')));
  EXPECT_EQ(frame["id"], 4);
  EXPECT_EQ(frame["event"], "meters");
  EXPECT_EQ(frame["result"]["levels"]["input_peak_db"], -12.5);
  // A loop that was late makes up for nothing.
  Advance(5000);
  EXPECT_EQ(NumLines(client->Receive()), 1);
  EXPECT_EQ(server_->num_connections(), 1) << "a subscriber may be silent";
}

TEST_F(ControlServerTest, AStoppedSubscriberIsDropped) {
  auto client = Connect();
  Ask(*client, RequestLine(4, "subscribe", {{"hz", 50}}));
  int seconds = 0;
  while (server_->num_connections() > 0 && seconds < 600) {
    now_ns_ += 20 * kMs;
    Turn();
    if (now_ns_ % (1000 * kMs) == 0) ++seconds;
  }
  EXPECT_EQ(server_->num_connections(), 0);
}

TEST_F(ControlServerTest, ARateOutOfRangeIsRefused) {
  auto client = Connect();
  for (const Json& hz : {Json(0), Json(51), Json(-1), Json("10"), Json()}) {
    const std::string answer =
        Ask(*client, RequestLine(4, "subscribe", {{"hz", hz}}));
    EXPECT_EQ(Json::parse(answer)["ok"], false) << hz;
  }
}

TEST_F(ControlServerTest, TheAnswerToStopIsSent) {
  auto client = Connect();
  client->Send(RequestLine(1, "stop", {}));
  Turn();
  EXPECT_TRUE(daemon_.stopped);
  server_->Drain(1000);
  EXPECT_EQ(Json::parse(client->Receive())["ok"], true);
  EXPECT_TRUE(client->HungUp());
}

TEST_F(ControlServerTest, DrainWaitsForNobodyWhoDoesNotRead) {
  auto client = Connect();
  for (int i = 0; i < 5000 && client->Send(kStatus) > 0; ++i) Turn();
  server_->Drain(0);
  EXPECT_EQ(server_->num_connections(), 0);
}

TEST_F(ControlServerTest, NothingIsDueWithoutClients) {
  EXPECT_EQ(server_->TimeoutMs(now_ns_), -1);
}

}  // namespace
}  // namespace tacet
