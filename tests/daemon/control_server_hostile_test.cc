// SPDX-License-Identifier: Apache-2.0
// Clients that mean harm, or are broken.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "daemon/control_server.h"
#include "tests/daemon/control_server_fixture.h"

namespace tacet {
namespace {

TEST_F(ControlServerTest, GarbageGetsOneErrorLineAndTheEnd) {
  for (const std::string& garbage :
       {std::string("hello\n"), std::string("GET / HTTP/1.1\r\n\r\n"),
        std::string("\0\n", 2), std::string("\xff\xff\n"), std::string("\n"),
        std::string(60000, '[') + "\n", std::string("[]\n[]\n[]\n")}) {
    auto client = Connect();
    const std::string answer = Ask(*client, garbage);
    EXPECT_EQ(NumLines(answer), 1);
    EXPECT_EQ(Json::parse(answer)["ok"], false);
    EXPECT_TRUE(client->HungUp());
  }
  EXPECT_EQ(daemon_.num_status_calls, 0);
}

TEST_F(ControlServerTest, ALineOfAGigabyteIsCutOff) {
  auto client = Connect();
  const std::string chunk(16384, 'x');
  int64_t num_taken = 0;
  ssize_t count = 0;
  while (num_taken < int64_t{1} << 30) {
    count = client->Send(chunk);
    if (count < 0) break;
    num_taken += count;
    Turn();
  }
  EXPECT_LT(count, 0) << "the server took it all";
  // What it read, and what the socket's buffer holds.
  EXPECT_LT(num_taken, int64_t{1} << 20);
  EXPECT_EQ(ParseAnswer(client->Receive()).status().message(),
            "a request has more than 65536 bytes");
  EXPECT_EQ(server_->num_connections(), 0);
}

TEST_F(ControlServerTest, TheLongestRequestIsTaken) {
  auto client = Connect();
  std::string line = kStatus;
  line.insert(line.size() - 1, kMaxRequestBytes - (line.size() - 1), ' ');
  client->Send(line);
  Settle();
  EXPECT_EQ(Json::parse(client->Receive())["ok"], true);
  line.insert(line.size() - 1, 1, ' ');
  client->Send(line);
  Settle();
  EXPECT_EQ(Json::parse(client->Receive())["ok"], false);
}

TEST_F(ControlServerTest, AThousandConnectionsLeaveRoomForTheNext) {
  std::vector<std::unique_ptr<Client>> clients;
  int num_refused = 0;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(std::make_unique<Client>(path_));
    Turn();
    Turn();
    EXPECT_LE(server_->num_connections(), ControlServerParams::kMaxConnections);
    const std::string line = clients.back()->Receive();
    if (line.empty()) continue;
    EXPECT_EQ(ParseAnswer(line).status(),
              absl::ResourceExhaustedError("too many connections; at most 16"));
    EXPECT_TRUE(clients.back()->HungUp());
    ++num_refused;
  }
  EXPECT_EQ(num_refused, 1000 - ControlServerParams::kMaxConnections);
  EXPECT_EQ(server_->num_refused(), num_refused);
  EXPECT_EQ(NumLines(Ask(*clients[3], kStatus)), 1);
  clients.clear();
  Settle();
  EXPECT_EQ(server_->num_connections(), 0);
  EXPECT_EQ(NumLines(Ask(*Connect(), kStatus)), 1);
}

TEST_F(ControlServerTest, WhoHasHungUpKeepsNobodyOut) {
  // All in one turn, so that no poll has seen anybody hang up.
  for (const std::string& left :
       {std::string(), std::string("{\"v\":1,"), std::string(60000, '['),
        std::string("\xff\xff\n"), kStatus + kStatus}) {
    for (int i = 0; i < ControlServerParams::kMaxConnections + 5; ++i) {
      Client(path_).Send(left);
    }
    Client user(path_);
    Turn();
    EXPECT_EQ(server_->num_refused(), 0);
    EXPECT_EQ(NumLines(Ask(user, kStatus)), 1) << left.substr(0, 10);
    Settle();
  }
}

TEST_F(ControlServerTest, WhoMakesRoomIsServedFirst) {
  Client(path_).Send("{\"v\":1,\"cmd\":\"mode\",\"mode\":\"mute\"}\n");
  for (int i = 0; i < ControlServerParams::kMaxConnections; ++i) {
    Client{path_};
  }
  Turn();
  ASSERT_EQ(daemon_.calls.size(), 1u);
  EXPECT_EQ(daemon_.calls[0], "mode mute");
  EXPECT_EQ(server_->num_refused(), 0);
}

TEST_F(ControlServerTest, WhoWaitsForAnAnswerKeepsItsPlace) {
  daemon_.reply_later = true;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < ControlServerParams::kMaxConnections; ++i) {
    clients.push_back(Connect());
    clients.back()->Send("{\"v\":1,\"cmd\":\"loopback\"}\n");
    clients.back()->EndInput();
  }
  const auto late = Connect();
  EXPECT_TRUE(absl::IsResourceExhausted(ParseAnswer(late->Receive()).status()));
  for (const auto& reply : daemon_.waiting_loopbacks) reply(LoopbackReport());
  Settle();
  for (const auto& client : clients) EXPECT_EQ(NumLines(client->Receive()), 1);
}

TEST_F(ControlServerTest, IdlersMakeRoomInTime) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < ControlServerParams::kMaxConnections; ++i) {
    clients.push_back(Connect());
  }
  Advance(9999);
  EXPECT_EQ(server_->num_connections(), ControlServerParams::kMaxConnections);
  EXPECT_EQ(server_->TimeoutMs(now_ns_), 1);
  Advance(1);
  EXPECT_EQ(server_->num_connections(), 0);
}

TEST_F(ControlServerTest, HalfARequestIsNotWaitedForLong) {
  auto client = Connect();
  client->Send("{\"v\":1,");
  Settle();
  // More bytes do not give more time.
  for (int i = 0; i < 4; ++i) {
    Advance(1000);
    client->Send(" ");
  }
  Advance(999);
  EXPECT_EQ(server_->num_connections(), 1);
  Advance(1);
  EXPECT_EQ(server_->num_connections(), 0);
  EXPECT_EQ(ParseAnswer(client->Receive()).status().message(),
            "half a request, and the rest did not come");
}

TEST_F(ControlServerTest, AClientThatDoesNotReadIsDroppedAndHoldsNobodyUp) {
  auto greedy = Connect();
  auto other = Connect();
  for (int i = 0; i < 5000; ++i) {
    if (greedy->Send(kStatus) <= 0) break;
    Turn();
  }
  // Its requests wait unread: neither memory nor work grows with them.
  const int num_calls = daemon_.num_status_calls;
  Settle();
  EXPECT_EQ(daemon_.num_status_calls, num_calls);
  EXPECT_EQ(NumLines(Ask(*other, kStatus)), 1);
  Advance(1999);
  EXPECT_EQ(server_->num_connections(), 2);
  Advance(1);
  EXPECT_EQ(server_->num_connections(), 1);
  EXPECT_EQ(NumLines(Ask(*other, kStatus)), 1);
}

TEST_F(ControlServerTest, ATurnAnswersAFewRequestsOnly) {
  auto client = Connect();
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += kStatus;
  client->Send(requests);
  Turn();
  EXPECT_EQ(daemon_.num_status_calls, ControlLimits().max_requests_per_turn);
  EXPECT_EQ(server_->TimeoutMs(now_ns_), 0) << "the rest is due at once";
  for (int i = 0; i < 50; ++i) {
    Turn();
    client->Receive();
  }
  EXPECT_EQ(daemon_.num_status_calls, 100);
}

TEST_F(ControlServerTest, AnotherUserIsRefused) {
  ControlServerParams params;
  params.uid = geteuid() + 1;
  Start(params);
  auto client = Connect();
  EXPECT_EQ(ParseAnswer(client->Receive()).status().message(),
            "user " + std::to_string(geteuid()) +
                " may not control the daemon of user " +
                std::to_string(geteuid() + 1));
  EXPECT_TRUE(client->HungUp());
  EXPECT_EQ(server_->num_connections(), 0);
}

}  // namespace
}  // namespace tacet
