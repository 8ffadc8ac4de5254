// SPDX-License-Identifier: Apache-2.0
// The server's clock is the test's, so every time-out is exact and no test
// waits.
#include "daemon/control_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/daemon/control_fake_handler.h"

namespace tacet {
namespace {

constexpr int64_t kMs = 1'000'000;

class Client {
 public:
  explicit Client(const std::string& path)
      : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(
        connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0)
        << std::strerror(errno);
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Bytes that the socket took; -1 when the server hung up.
  ssize_t Send(std::string_view text) {
    const ssize_t count = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    return count < 0 && errno == EAGAIN ? 0 : count;
  }
  // Takes all that is there; sets hung_up.
  std::string Receive() {
    std::string text;
    char bytes[65536];
    while (true) {
      const ssize_t count = recv(fd_, bytes, sizeof bytes, 0);
      if (count > 0) {
        text.append(bytes, static_cast<size_t>(count));
        continue;
      }
      hung_up_ = count == 0 || errno == ECONNRESET;
      return text;
    }
  }
  bool HungUp() {
    Receive();
    return hung_up_;
  }
  void EndInput() { shutdown(fd_, SHUT_WR); }

 private:
  int fd_;
  bool hung_up_ = false;
};

class ControlServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = "/tmp/tacet_server_" + std::to_string(getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    path_ = folder_ + "/tacet/control.sock";
    Start({});
  }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Start(const ControlServerParams& params) {
    server_.reset();
    auto socket = ControlSocket::Listen(path_);
    ASSERT_TRUE(socket.ok()) << socket.status();
    server_ =
        std::make_unique<ControlServer>(*std::move(socket), &daemon_, params);
  }

  // One turn of the daemon's loop.
  void Turn() {
    std::vector<pollfd> fds;
    server_->AddPollFds(&fds);
    poll(fds.data(), fds.size(), 0);
    server_->Handle(fds, now_ns_);
  }
  // Turns until nothing is due any more.
  void Settle() {
    for (int i = 0; i < 200; ++i) Turn();
  }
  void Advance(int64_t ms) {
    now_ns_ += ms * kMs;
    Settle();
  }
  std::unique_ptr<Client> Connect() {
    auto client = std::make_unique<Client>(path_);
    Settle();
    return client;
  }
  std::string Ask(Client& client, std::string_view text) {
    EXPECT_EQ(client.Send(text), static_cast<ssize_t>(text.size()));
    Settle();
    return client.Receive();
  }
  static int NumLines(const std::string& text) {
    return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  }

  std::string folder_;
  std::string path_;
  FakeHandler daemon_;
  int64_t now_ns_ = 1'000'000 * kMs;
  std::unique_ptr<ControlServer> server_;
};

const std::string kStatus = "{\"v\":1,\"id\":5,\"cmd\":\"status\"}\n";

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
    EXPECT_EQ(ParseAnswer(line).status().message(),
              "too many connections; at most 16");
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
